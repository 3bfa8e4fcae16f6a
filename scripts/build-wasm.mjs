// The engine: wasm/web compiled for the browser, then wasm-bindgen's JavaScript and types around it.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { heading, size, step, UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { cargoTarget, engineDir } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";
import { setup } from "./setup.mjs";

const TARGET = "wasm32-unknown-unknown";

export async function buildWasm() {
  heading("Engine (wasm)");
  const cargo = await run("cargo", ["build", "--profile", "dist", "--target", TARGET, "-p", "wasm-chord-web"]);
  if (cargo.code !== 0) throw new UserError("The engine did not compile: see cargo's words above.");

  const module = join(cargoTarget, TARGET, "dist", "wasm_chord_web.wasm");
  const output = join(engineDir, "wasm_chord_web_bg.wasm");
  if (!isNewer(output, module)) {
    rmSync(engineDir, { recursive: true, force: true });
    mkdirSync(engineDir, { recursive: true });
    const bindgen = await run("wasm-bindgen", [
      "--target",
      "web",
      "--out-dir",
      engineDir,
      "--out-name",
      "wasm_chord_web",
      module,
    ]);
    if (bindgen.code !== 0) throw new UserError("wasm-bindgen failed: see its words above.");
  }
  step(
    "build/engine/simd",
    readdirSync(engineDir)
      .map((name) => `${name} ${size(statSync(join(engineDir, name)).size)}`)
      .join(", "),
  );
}

function isNewer(path, than) {
  return existsSync(path) && statSync(path).mtimeMs >= statSync(than).mtimeMs;
}

await main(import.meta.url, async () => {
  await setup([rust, tools]);
  await buildWasm();
});
