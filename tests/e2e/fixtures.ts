// What every end-to-end test starts from: a browser of its own with the built extension in it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect, type Page, type Worker } from "@playwright/test";
import { type Chrome, launchChrome } from "../../scripts/lib/chrome.mjs";
import { screenshots } from "../../scripts/lib/paths.mjs";
import { openPopup } from "../../scripts/lib/popup.mjs";
import { serveDemo } from "../../scripts/start/demo-server.mjs";
import { Extension } from "./extension.ts";

interface Fixtures {
  /** The theme that pages see. */
  theme: "light" | "dark";
  /** Flags for this browser beside the usual ones. */
  flags: string[];
  /** The extension's folder, when it is not the one that was built. */
  folder: string | undefined;
  /** What pages hear about motion. */
  motion: "reduce" | "no-preference";
  /** Whether the page that opens upon installation stays open. */
  welcome: boolean;
  /** Whether the pages are somebody else's, with faults of their own: only the extension's are looked for. */
  foreign: boolean;
  chrome: Chrome;
  extension: Extension;
  /** The popup, open in a tab of its size. */
  popup: Page;
  /** An ordinary web page on this machine. */
  page: Page;
}

export const test = base.extend<Fixtures>({
  theme: ["light", { option: true }],
  flags: [[], { option: true }],
  folder: [undefined, { option: true }],
  motion: ["no-preference", { option: true }],
  welcome: [false, { option: true }],
  foreign: [false, { option: true }],

  chrome: async ({ theme, flags, folder, motion, welcome, foreign }, use, test) => {
    const path = process.env.CHORD_E2E_BROWSER ?? "";
    const options = { colorScheme: theme, reducedMotion: motion };
    const chrome = await launchChrome({
      path,
      headless: true,
      args: flags,
      options,
      welcome,
      ...(folder && { extension: folder }),
    });
    const errors: string[] = [];
    chrome.context.on("weberror", (error) => {
      const text = String(error.error().stack ?? error.error());
      if (!foreign || error.page()?.url().startsWith(chrome.url("")) || text.includes(chrome.url("")))
        errors.push(text);
    });
    const said: string[] = [];
    const listen = (worker: Worker) => worker.on("console", (line) => said.push(`${line.type()}: ${line.text()}`));
    chrome.context.serviceWorkers().forEach(listen);
    chrome.context.on("serviceworker", listen);
    await use(chrome);
    await chrome.close();
    if (test.status !== test.expectedStatus && said.length > 0)
      console.log(`${test.title}: the service worker said\n  ${said.join("\n  ")}`);
    expect(errors, "uncaught errors in pages").toEqual([]);
  },

  extension: async ({ chrome }, use) => use(new Extension(chrome)),

  popup: async ({ chrome }, use) => use(await openPopup(chrome)),

  page: async ({ chrome }, use) => {
    const demo = await serveDemo();
    const page = await chrome.context.newPage();
    await page.goto(demo.url);
    await use(page);
    demo.close();
  },
});

export { expect };

/** Saves what a page looks like, for a person to look at, under build/screenshots. */
export async function screenshot(page: Page, name: string) {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: "disabled" });
}
