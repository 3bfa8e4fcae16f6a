// Files of results that scripts/bench reads: `npm run bench:check`, `bench:record`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FORMAT } from "../../../scripts/bench/results.mjs";
import { benchResults } from "../../../scripts/lib/paths.mjs";

/** @typedef {{ id: string, value: number, unit: string, spread: number | null }} WrittenResult */

/**
 * @param {string} name  of the file
 * @param {WrittenResult[]} results
 * @param {string} [folder]
 */
export function writeResults(name, results, folder = join(benchResults, "browser")) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.bench.json`), `${JSON.stringify({ format: FORMAT, results }, null, 2)}\n`);
}
