// Everything that is built: the engine, then the extension around it in dist/extension and the npm package in dist/npm.
import { buildExtension } from "./build-extension.mjs";
import { buildNpm } from "./build-npm.mjs";
import { buildWasm } from "./build-wasm.mjs";
import { main } from "./lib/main.mjs";
import * as minilm from "./setup/minilm.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";
import { setup } from "./setup.mjs";

export async function build() {
  await buildWasm();
  await buildExtension();
  buildNpm();
}

await main(import.meta.url, async () => {
  await setup([npm, rust, tools, minilm]);
  await build();
});
