// The extension as a person and as a debugger see it: its pages, its stored models, and the parts that can be killed.
import type { Locator, Page } from "@playwright/test";
import {
  type Chrome,
  chooseFromContextMenu,
  clickToolbarButton,
  selectText,
  serviceWorker,
} from "../../scripts/lib/chrome.mjs";
import { Panel } from "../../scripts/lib/panel.mjs";
import { slowEngineDown } from "./debug.ts";
import { expect } from "./fixtures.ts";

export class Extension {
  constructor(readonly chrome: Chrome) {}

  async openOptions(): Promise<Page> {
    const page = await this.chrome.context.newPage();
    await page.goto(this.chrome.url("options/index.html"));
    return page;
  }

  /** Imports a model file and resolves when it is listed. Leaves no page open. */
  async store(file: string): Promise<void> {
    const options = await this.openOptions();
    await options.getByTestId("engine").waitFor(); // comes with the list of those that are stored, which are to be counted
    const models = options.getByTestId("model");
    const before = await models.count();
    await options.getByTestId("file-input").setInputFiles(file);
    await expect(models).toHaveCount(before + 1);
    await options.close();
  }

  /** Stores a model and has it answer slowly from now on. */
  async storeSlow(file: string): Promise<void> {
    await this.store(file);
    await slowEngineDown(this.chrome.cdp);
  }

  /** Selects the element's text and chooses `action` from the context menu. */
  async chooseAction(page: Page, action: string, selector: string): Promise<Panel> {
    await selectText(page, selector);
    await clickToolbarButton(this.chrome, page);
    await page.bringToFront();
    await chooseFromContextMenu(this.chrome, page, action);
    return (await Panel.on(page)).opened();
  }

  /** Ends the service worker as Chrome does when it has been idle. */
  async stopServiceWorker(page: Page): Promise<void> {
    const session = await page.context().newCDPSession(page);
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
    await session.detach();
  }

  /** Has the engine run as a query says (extension/worker/options.ts), from now until the offscreen document ends. */
  async runEngine(query: string): Promise<void> {
    const worker = await serviceWorker(this.chrome);
    await worker.evaluate(async (url) => {
      await chrome.offscreen.closeDocument().catch(() => {});
      const reasons = [chrome.offscreen.Reason.WORKERS];
      await chrome.offscreen.createDocument({ url, reasons, justification: "Runs the engine that is tested." });
    }, `offscreen/index.html?${query}`);
  }

  /** Chooses on the options page where models run, and resolves once the engine is there. Leaves no page open. */
  async computeOn(choice: string, build: string): Promise<void> {
    const options = await this.openOptions();
    await options.getByRole("radio", { name: choice }).check();
    await expect(options.getByTestId("engine")).toHaveAttribute("data-build", build);
    await options.close();
  }

  /** Ends the offscreen document, with the engine in it. */
  async closeOffscreenDocument(): Promise<void> {
    const worker = await serviceWorker(this.chrome);
    await worker.evaluate(() => chrome.offscreen.closeDocument());
  }
}

/** The answer of a popup that is under way or over. */
export const lastAnswer = (popup: Page): Locator => popup.getByTestId("answer").last();

/** Sends a message without waiting for the answer. */
export async function send(popup: Page, message: string): Promise<void> {
  await popup.getByRole("textbox", { name: "Message" }).fill(message);
  await popup.getByRole("button", { name: "Send" }).click();
}

/** Sets numbers in the popup's settings, by their labels. */
export async function set(popup: Page, fields: Record<string, number>): Promise<void> {
  const button = popup.getByRole("button", { name: "Settings" });
  await button.click();
  for (const [label, value] of Object.entries(fields)) {
    await popup.getByRole("spinbutton", { name: label }).fill(String(value));
  }
  await button.click();
}
