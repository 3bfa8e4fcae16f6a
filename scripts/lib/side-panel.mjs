// The side panel's page, worked as a person works it. It is opened as a tab of the panel's size, beside the page it is about.
import { clickToolbarButton, serviceWorker } from "./chrome.mjs";

const OVER = ["done", "stopped", "error"].map((state) => `[data-state="${state}"]`).join();

/**
 * Opens the panel for `page`, to which the toolbar button's click has given it access as for a person. The summary begins.
 * @param {import("./chrome.mjs").Chrome} chrome
 * @param {import("playwright-core").Page} page  its address must be unlike that of every other tab
 */
export async function openSidePanel(chrome, page) {
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  const panel = await chrome.context.newPage();
  await panel.setViewportSize({ width: 380, height: 720 });
  await panel.goto(chrome.url(`sidepanel/index.html?tab=${await tabOf(chrome, page)}`));
  return panel;
}

/**
 * The number by which the extension knows a page's tab.
 * @param {import("./chrome.mjs").Chrome} browser
 * @param {import("playwright-core").Page} page
 * @returns {Promise<number>}
 */
export async function tabOf(browser, page) {
  const worker = await serviceWorker(browser);
  const id = await worker.evaluate(async (url) => (await chrome.tabs.query({ url }))[0]?.id, page.url());
  if (id === undefined) throw new Error(`no tab shows ${page.url()}`);
  return id;
}

/**
 * Waits until the summary, or the last answer, is over.
 * @param {import("playwright-core").Page} panel
 * @param {"summary" | "answer"} [what]
 * @returns {Promise<{ state: string, points: { text: string, places: string[] }[], method: string, error?: string }>}
 */
export async function said(panel, what = "summary") {
  const section = panel.getByTestId(what).last();
  await section.and(panel.locator(`:is(${OVER})`)).waitFor({ timeout: 0 });
  const points = await section.getByTestId("point").evaluateAll((elements) =>
    elements.map((element) => ({
      text: element.getAttribute("data-text") ?? "",
      places: [...element.querySelectorAll("[data-testid=cite]")].map((cite) => (cite.textContent ?? "").trim()),
    })),
  );
  const error = section.getByRole("alert");
  const method = panel.getByTestId(`${what}-method`).last();
  return {
    state: (await section.getAttribute("data-state")) ?? "",
    points,
    method: (await method.count()) > 0 ? ((await method.textContent()) ?? "") : "",
    ...((await error.count()) > 0 && { error: (await error.textContent()) ?? "" }),
  };
}
