// Everything a person needs to load the extension: the engine, then the extension around it in dist/extension.
import { buildExtension } from "./build-extension.mjs";
import { buildWasm } from "./build-wasm.mjs";
import { main } from "./lib/main.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";
import { setup } from "./setup.mjs";

export async function build() {
  await buildWasm();
  await buildExtension();
}

await main(import.meta.url, async () => {
  await setup([npm, rust, tools]);
  await build();
});
