// What a browser downloads of each build of the engine, as results with thresholds: `npm run bench:sizes`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../../scripts/bench/json.mjs";
import { format } from "../../scripts/bench/units.mjs";
import { heading, note, UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { wasmBuilds } from "../../scripts/lib/wasm-builds.mjs";
import { writeResults } from "./lib/results.mjs";

/**
 * A build's sizes, which `npm run build:wasm` leaves beside it, called engine_size/BUILD/ENCODING.
 * @param {Pick<import("../../scripts/lib/wasm-builds.mjs").WasmBuild, "name" | "out">} build
 */
export function sizeResults({ name, out }) {
  const path = join(out, "sizes.json");
  if (!existsSync(path)) throw new UserError(`The engine's build "${name}" is not there: run \`npm run build:wasm\`.`);
  const sizes = readJson(path);
  return ["raw", "gzip", "brotli"].map((encoding) => {
    const id = `engine_size/${name}/${encoding}`;
    return { id, value: sizes[encoding], unit: "B", spread: null };
  });
}

await main(import.meta.url, () => {
  heading("Sizes of the engine's builds");
  const results = wasmBuilds.flatMap(sizeResults);
  for (const { id, value } of results) note(`${id}  ${format(value, "size")}`);
  writeResults("sizes", results);
});
