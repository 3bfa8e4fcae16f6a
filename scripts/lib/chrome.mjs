// Chromium with the extension loaded, for `npm start` and the end-to-end tests.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "./log.mjs";
import { extensionDir } from "./paths.mjs";

const WELCOME = "welcome/index.html";

/**
 * @typedef {object} Chrome
 * @property {import("playwright-core").BrowserContext} context
 * @property {import("playwright-core").CDPSession} cdp  a session with the browser itself, not with a page
 * @property {string} id  the extension's id
 * @property {(path: string) => string} url  the address of one of the extension's pages
 * @property {() => Promise<void>} close  closes the browser and removes its profile, unless somebody else brought it
 * @property {() => Promise<void>} kill  ends the browser as a power cut does
 */

/**
 * Starts a browser on an empty profile of its own and loads the extension into it.
 *
 * The extension is loaded with CDP's Extensions.loadUnpacked, which works in Chromium and in branded Chrome alike (the
 * latter ignores --load-extension since 137). It needs the flag below and the debugging pipe, which Playwright uses.
 *
 * `profile` is the folder of an earlier start, to go on where that ended.
 *
 * The page that opens upon installation is closed, unless `welcome` asks to keep it.
 *
 * @param {{ path: string, headless: boolean, args?: string[], options?: object, extension?: string, profile?: string, welcome?: boolean }} settings
 * @returns {Promise<Chrome>}
 */
export async function launchChrome(settings) {
  const { path, headless, args = [], options = {}, extension = extensionDir, profile, welcome = false } = settings;
  const { chromium } = await import("playwright-core"); // not at the top: set-up may not have installed it yet
  // On a profile that had it, the extension is updated and opens nothing.
  const isNew = !profile || !existsSync(join(profile, "Default"));
  const folder = profile ?? mkdtempSync(join(tmpdir(), "chord-profile-"));
  /** @type {import("playwright-core").BrowserContext | undefined} */
  let context;
  const close = async () => {
    await context?.close().catch(() => {}); // already closed by the person
    if (!profile) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    context = await chromium.launchPersistentContext(folder, {
      executablePath: path,
      headless,
      // Playwright turns the sandbox off; a person's own window keeps it, except as root, where Chromium cannot.
      chromiumSandbox: !headless && process.getuid?.() !== 0,
      ignoreDefaultArgs: ["--disable-extensions", ...(headless ? [] : ["--enable-automation"])],
      args: ["--enable-unsafe-extension-debugging", "--disable-sync", "--no-first-run", ...args],
      handleSIGINT: false, // the caller cleans up
      ...options,
    });
    const browser = context.browser();
    if (!browser) throw new Error("Playwright gives no browser for this context");
    const cdp = await browser.newBrowserCDPSession();
    const opened = context.waitForEvent("page", { timeout: 0 });
    opened.catch(() => {}); // the browser was closed
    const { id } = await cdp.send("Extensions.loadUnpacked", { path: extension });
    if (isNew && existsSync(join(extension, WELCOME))) {
      const page = await opened;
      if (!welcome) await page.close();
    }
    const kill = async () => {
      const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
      const ended = new Promise((resolve) => context?.once("close", resolve));
      for (const { id: pid } of processInfo) if (pid > 0) killProcess(pid);
      await ended;
    };
    return { context, cdp, id, url: (page) => `chrome-extension://${id}/${page}`, close, kill };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One that has ended by itself meanwhile is no error. @param {number} pid */
function killProcess(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Turns a failure to start into one sentence. Kept apart from launchChrome because tests want the whole error.
 * @param {Parameters<typeof launchChrome>[0]} settings
 */
export async function launchChromeOrExplain(settings) {
  try {
    return await launchChrome(settings);
  } catch (error) {
    const [reason] = String(error).split("\n");
    throw new UserError(
      `${settings.path} did not take the extension (${reason}); to load it by hand, open chrome://extensions, turn on Developer mode, choose "Load unpacked" and pick ${extensionDir}.`,
    );
  }
}

/**
 * Clicks the extension's toolbar button while `page` is in front. The real popup opens, and with it Chrome grants the
 * extension activeTab for this page until it navigates: exactly what a person's click does.
 * @param {Chrome} chrome
 * @param {import("playwright-core").Page} page  its address must be unlike that of every other tab
 */
export async function clickToolbarButton({ cdp, id }, page) {
  await page.bringToFront();
  const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab", exclude: false }] });
  const tab = targetInfos.find((target) => target.url === page.url());
  if (!tab) throw new Error(`no tab shows ${page.url()}`);
  await cdp.send("Extensions.triggerAction", { id, targetId: tab.targetId });
}

/**
 * One of the extension's pages that is no tab: the popup, the side panel. It may still be opening.
 * @param {import("playwright-core").CDPSession} cdp
 * @param {string} path  part of its address
 * @returns {Promise<{ targetId: string, type: string, title: string, url: string }>}
 */
export async function pageTarget(cdp, path) {
  const found = new Promise((resolve) => {
    const look = ({ targetInfo }) => targetInfo.type === "page" && targetInfo.url.includes(path) && resolve(targetInfo);
    cdp.on("Target.targetCreated", look);
    cdp.on("Target.targetInfoChanged", look);
  });
  await cdp.send("Target.setDiscoverTargets", { discover: false });
  await cdp.send("Target.setDiscoverTargets", { discover: true, filter: [{}] }); // tells of those there are, too
  return found;
}

/**
 * Clicks a button of the popup that clickToolbarButton has opened. Chrome takes it for a person's gesture.
 * @param {Chrome} chrome
 * @param {string} name
 */
export async function clickInPopup({ cdp }, name) {
  const { targetId } = await pageTarget(cdp, "/popup/");
  const { sessionId } = await cdp.send("Target.attachToTarget", { targetId, flatten: false });
  const expression = `new Promise((resolve) => {
    const look = () => {
      const button = [...document.querySelectorAll("button")].find((b) => (b.ariaLabel ?? b.textContent).trim() === ${JSON.stringify(name)});
      if (!button || button.disabled) return;
      observer.disconnect();
      button.click();
      resolve();
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  })`;
  const params = { expression, userGesture: true, awaitPromise: true };
  const message = JSON.stringify({ id: 1, method: "Runtime.evaluate", params });
  await cdp.send("Target.sendMessageToTarget", { sessionId, message });
}

/**
 * Selects an element's text, as a person does: where it can be seen.
 * @param {import("playwright-core").Page} page
 * @param {string} selector
 */
export async function selectText(page, selector) {
  await page.locator(selector).evaluate((element) => {
    element.scrollIntoView({ block: "start" });
    getSelection()?.selectAllChildren(element);
  });
}

/**
 * The extension's service worker, started if it sleeps.
 * @param {Chrome} chrome
 */
export async function serviceWorker({ context, id }) {
  const ours = (worker) => worker.url().startsWith(`chrome-extension://${id}/`);
  return context.serviceWorkers().find(ours) ?? (await context.waitForEvent("serviceworker", { predicate: ours }));
}

/**
 * Chooses an entry of the extension's context menu on `page`. Headless Chromium draws no menu to click, so the event that
 * the click would cause is raised in the service worker. Call clickToolbarButton first: a real choice grants activeTab too.
 * @param {Chrome} browser
 * @param {import("playwright-core").Page} page
 * @param {string} menuItemId
 */
export async function chooseFromContextMenu(browser, page, menuItemId) {
  const selectionText = await page.evaluate(() => String(getSelection()));
  const worker = await serviceWorker(browser);
  await worker.evaluate(
    async ({ menuItemId, selectionText, url }) => {
      const [tab] = await chrome.tabs.query({ url });
      if (!tab) throw new Error(`the extension was given no tab at ${url}`);
      const info = { menuItemId, selectionText, frameId: 0, pageUrl: url, editable: false };
      // @ts-expect-error: every extension event has dispatch, which the types leave out
      chrome.contextMenus.onClicked.dispatch(info, tab);
    },
    { menuItemId, selectionText, url: page.url() },
  );
}

/**
 * Presses the extension's keyboard shortcut `command` on `page`: keys sent by a debugger do not reach the browser's own
 * shortcuts, so the event is raised as above.
 * @param {Chrome} browser
 * @param {import("playwright-core").Page} page
 * @param {string} command
 */
export async function pressShortcut(browser, page, command) {
  const worker = await serviceWorker(browser);
  await worker.evaluate(
    async ({ command, url }) => {
      const [tab] = await chrome.tabs.query({ url });
      if (!tab) throw new Error(`the extension was given no tab at ${url}`);
      // @ts-expect-error: as above
      chrome.commands.onCommand.dispatch(command, tab);
    },
    { command, url: page.url() },
  );
}
