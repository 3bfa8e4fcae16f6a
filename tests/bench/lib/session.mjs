// What both benchmarks begin and end with: the browser with the built extension, and the model in its store.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../scripts/lib/log.mjs";
import { extensionDir } from "../../../scripts/lib/paths.mjs";
import { requireBrowser } from "../../../scripts/setup/chromium.mjs";
import { startBrowser, store } from "./chord.mjs";

/**
 * @template T
 * @param {string} model
 * @param {(chrome: import("../../../scripts/lib/chrome.mjs").Chrome, modelId: string) => Promise<T>} body
 * @param {string[]} [flags]  for the browser
 */
export async function withBrowser(model, body, flags) {
  if (!existsSync(join(extensionDir, "manifest.json")))
    throw new UserError("The extension is not built: run `npm run build`.");
  const chrome = await startBrowser((await requireBrowser()).path, flags);
  const end = () => void chrome.close().then(() => process.exit(130));
  process.once("SIGINT", end);
  try {
    return await body(chrome, await store(chrome, model));
  } finally {
    process.off("SIGINT", end);
    await chrome.close();
  }
}
