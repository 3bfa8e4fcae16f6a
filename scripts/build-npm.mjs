// The npm package: dist/npm, which `npm publish` takes. The engine with its builds and the loader, as the extension uses
// them, with what npm wants beside them.
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { buildWasm } from "./build-wasm.mjs";
import { heading, size, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { engineDir, npmDir, root } from "./lib/paths.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";
import { setup } from "./setup.mjs";

export function buildNpm() {
  heading("npm package");
  rmSync(npmDir, { recursive: true, force: true });
  mkdirSync(npmDir, { recursive: true });
  cpSync(engineDir, npmDir, { recursive: true, filter: (path) => !path.endsWith("sizes.json") });
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(root, name), join(npmDir, name));
  copyFileSync(join(root, "wasm", "web", "js", "README.md"), join(npmDir, "README.md"));
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(npmDir, "package.json"), `${JSON.stringify(manifest(version, license), null, 2)}\n`);

  const sizes = readdirSync(npmDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  step(relative(root, npmDir), `${sizes.length} files, ${size(sizes.reduce((sum, n) => sum + n, 0))}`);
}

const manifest = (version, license) => ({
  name: "wasm-chord",
  version,
  description: "Runs GGUF language models in the browser: WebGPU, SIMD and threads, models kept in IndexedDB.",
  license,
  repository: { type: "git", url: "git+https://github.com/wasm-chord/wasm-chord.git" },
  keywords: ["gguf", "llm", "inference", "wasm", "webassembly", "webgpu", "simd"],
  type: "module",
  exports: { ".": { types: "./index.d.ts", default: "./index.js" }, "./package.json": "./package.json" },
  types: "./index.d.ts",
  sideEffects: ["./thread.js"],
});

await main(import.meta.url, async () => {
  await setup([npm, rust, tools]);
  await buildWasm();
  buildNpm();
});
