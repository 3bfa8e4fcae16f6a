// Before all tests: the extension is built, the browser is found, the demo model is made.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { extensionDir } from "../../scripts/lib/paths.mjs";
import { requireBrowser } from "../../scripts/setup/chromium.mjs";
import { demoModel, demoParts, randomModel } from "../../scripts/start/demo-model.mjs";

export default async function setUp() {
  if (!existsSync(join(extensionDir, "manifest.json")))
    throw new Error("The extension is not built: run `npm run build`.");
  process.env.CHORD_E2E_BROWSER = (await requireBrowser()).path;
  process.env.CHORD_E2E_DEMO_MODEL = await demoModel();
  process.env.CHORD_E2E_RANDOM_MODEL = await randomModel();
  process.env.CHORD_E2E_DEMO_PARTS = JSON.stringify(await demoParts());
}
