// The extension: TypeScript, styles and pages bundled into dist/extension, which Chrome loads unpacked.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { heading, step, UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { engineDir, extensionDir, root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import * as npm from "./setup/npm.mjs";
import { setup } from "./setup.mjs";

export async function buildExtension() {
  heading("Extension");
  if (!existsSync(join(engineDir, "index.js"))) {
    throw new UserError("The engine is not built yet: run `npm run build`, which builds it first.");
  }
  const result = await run(process.execPath, [join(root, "extension", "build.mjs"), "--out", extensionDir], {
    output: "hide",
  });
  if (result.code !== 0) {
    console.error(result.text.trim());
    throw new UserError("The extension did not build: see the words above.");
  }
  step("dist/extension", "load it unpacked from there");
}

await main(import.meta.url, async () => {
  await setup([npm]);
  await buildExtension();
});
