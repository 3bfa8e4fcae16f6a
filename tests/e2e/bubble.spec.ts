// The bubble beside a selection: where it is wanted and nowhere else, and what it costs a page.
import type { Page } from "@playwright/test";
import { pressBubble } from "../../scripts/lib/bubble.mjs";
import { type Chrome, selectText, serviceWorker } from "../../scripts/lib/chrome.mjs";
import { Panel } from "../../scripts/lib/panel.mjs";
import type { Extension } from "./extension.ts";
import { expect, screenshot, test } from "./fixtures.ts";
import { checkLayout } from "./layout.ts";
import { DEMO_LAST, demo } from "./models.ts";
import { serve } from "./site.ts";

const HOST = "127.0.0.1";

/**
 * Answers Chrome's question in advance: headless Chromium shows none that a test could press. The access itself is given by the
 * click in the options, as for a person.
 */
async function saidYes(chrome: Chrome, pattern = `*://${HOST}/*`): Promise<void> {
  const page = await chrome.context.newPage();
  await page.goto("chrome://extensions/");
  await page.evaluate(
    // biome-ignore lint/suspicious/noExplicitAny: the API of Chrome's own page has no types
    ([id, pattern]) => (globalThis as any).chrome.developerPrivate.addHostPermission(id, pattern),
    [chrome.id, pattern] as const,
  );
  await page.close();
}

/** The options, with the bubble turned on for the tests' pages. */
async function alwaysHere(chrome: Chrome, extension: Extension): Promise<Page> {
  await saidYes(chrome);
  const options = await extension.openOptions();
  await options.getByLabel("Address of a site").fill(`http://${HOST}:1234/page`);
  await options.getByRole("button", { name: "Always here" }).click();
  await expect(options.getByRole("list", { name: "Sites on which the button appears" })).toHaveText(new RegExp(HOST));
  return options;
}

/** Ends when what was selected before has settled: a timer that is set later than the bubble's, for as long, ends later. */
const settled = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 160)));
      }),
  );

const bubble = (page: Page) => page.locator("chord-bubble");

/** Selects until the bubble appears: its script comes to a page that is open already some time after the click. */
async function appears(page: Page, selector = "#lens"): Promise<void> {
  await page.bringToFront();
  await expect(async () => {
    await page.evaluate(() => getSelection()?.removeAllRanges());
    await selectText(page, selector);
    await settled(page);
    await expect(bubble(page)).toHaveCount(1, { timeout: 1 });
  }).toPass();
}

test("nothing appears where nobody turned it on", async ({ page }) => {
  await selectText(page, "#lens");
  await settled(page);
  await expect(bubble(page)).toHaveCount(0);
});

test("always here: the bubble comes with a selection, also after a reload, and opens the assistant", async ({
  chrome,
  extension,
  page,
}) => {
  await extension.store(demo());
  await alwaysHere(chrome, extension);
  await appears(page);
  await screenshot(page, "bubble-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await screenshot(page, "bubble-dark");
  await page.evaluate(() => getSelection()?.removeAllRanges());
  await expect(bubble(page)).toHaveCount(0);

  await page.reload();
  await settled(page);
  await expect(bubble(page)).toHaveCount(0);
  await appears(page);
  const selected = await page.evaluate(() => String(getSelection()));
  await pressBubble(page, "What to do with the selection");
  const panel = await (await Panel.on(page)).opened();
  await expect(bubble(page)).toHaveCount(0);
  expect(await page.evaluate(() => String(getSelection()))).toBe(selected);
  await panel.press("Explain");
  expect((await panel.answer()).text).toContain(DEMO_LAST);
});

test("on every site", async ({ chrome, extension, page }) => {
  await saidYes(chrome, "*://*/*");
  const options = await extension.openOptions();
  const every = options.getByLabel("On every site");
  await every.click();
  await expect(every).toBeChecked();
  await appears(page);
  await options.bringToFront();
  await every.click();
  await expect(every).not.toBeChecked();
  await expect(bubble(page)).toHaveCount(0);
});

test("always here, from the panel", async ({ chrome, extension, page }) => {
  await saidYes(chrome);
  const panel = await extension.chooseAction(page, "more", "#lens");
  await panel.press("Always here");
  await expect(panel.frame.getByText(`A small button now appears beside what you select on ${HOST}.`)).toBeVisible();
  await page.keyboard.press("Escape");
  await panel.closed();
  await appears(page);
  const again = await extension.chooseAction(page, "more", "#lens");
  await expect.poll(() => again.has("Summarize")).toBe(true);
  expect(await again.has("Always here")).toBe(false);
});

test("hidden on a site, and shown again from the options", async ({ chrome, extension, page }) => {
  const options = await alwaysHere(chrome, extension);
  await appears(page);
  await pressBubble(page, "Hide this");
  await pressBubble(page, "Hide on this site");
  await expect(bubble(page)).toHaveCount(0);
  const hidden = options.getByRole("list", { name: "Sites on which the button is hidden" });
  await expect(hidden).toContainText(HOST);
  await options.bringToFront();
  await options.locator("#sites").scrollIntoViewIfNeeded();
  await checkLayout(options);
  await screenshot(options, "options-sites");
  await page.bringToFront();
  await page.reload();
  await selectText(page, "#lens");
  await settled(page);
  await expect(bubble(page)).toHaveCount(0);

  await hidden.getByRole("button", { name: `Show again on ${HOST}` }).click();
  await appears(page);
});

test("hidden everywhere, and taken from a site: pages that are open follow", async ({ chrome, extension, page }) => {
  const options = await alwaysHere(chrome, extension);
  await appears(page);
  await pressBubble(page, "Hide this");
  await pressBubble(page, "Hide everywhere");
  await expect(options.getByLabel("Show the button beside a selection")).not.toBeChecked();
  await options.getByLabel("Show the button beside a selection").click();
  await appears(page);

  await options.getByRole("button", { name: `Remove ${HOST}` }).click();
  await expect(bubble(page)).toHaveCount(0);
  await expect(async () => {
    await page.evaluate(() => getSelection()?.removeAllRanges());
    await selectText(page, "#lens");
    await settled(page);
    await expect(bubble(page)).toHaveCount(0, { timeout: 1 });
  }).toPass();
  const worker = await serviceWorker(chrome);
  const registered = () => globalThis.chrome.scripting.getRegisteredContentScripts();
  await expect.poll(() => worker.evaluate(registered)).toEqual([]);
});

const FIELDS = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Fields</title><style>* { display: block }</style>
<body><p id="words">Some words of the page, to be selected.</p><p id="blank">&nbsp;</p>
<textarea id="area">Some words, typed here.</textarea>
<input id="text" value="Some words">
<input id="password" type="password" value="Some words">
<input id="shown" autocomplete="current-password" value="Some words">
<input id="card" autocomplete="section-a billing cc-number" value="4242 4242">
<div class="cm-editor"><div id="code" contenteditable="true">let it = "be";</div></div>
<div id="rich" contenteditable="true">A note that somebody writes.</div>
<iframe id="frame" srcdoc="<p id=inner>Words in a frame.</p>"></iframe></body></html>`;

test("fields for passwords and payment and code editors have none; others do, and frames without an address", async ({
  chrome,
  extension,
}) => {
  const site = await serve((path) => (path === "fields" ? FIELDS : undefined));
  await alwaysHere(chrome, extension);
  const page = await chrome.context.newPage();
  await page.goto(site.url("fields"));
  await appears(page, "#words");
  for (const [id, offered] of [
    ["password", false],
    ["area", true],
    ["shown", false],
    ["text", true],
    ["card", false],
    ["rich", true],
    ["code", false],
    ["words", true],
    ["blank", false],
  ] as const) {
    await page.locator(`#${id}`).selectText();
    await settled(page);
    await expect(bubble(page), id).toHaveCount(offered ? 1 : 0);
  }
  const frame = page.frameLocator("#frame");
  await frame.locator("#inner").selectText();
  await expect(frame.locator("chord-bubble")).toHaveCount(1);
  site.close();
});

const HEAVY = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Heavy</title><body><p id="lens">First words.</p>${"<div><p>Some <b>words</b> here</p></div>".repeat(6667)}</body></html>`;

test("on a page of 20,000 elements the script takes less than 5 ms of the main thread until something is selected", async ({
  chrome,
  extension,
}) => {
  const site = await serve((path) => (path === "heavy" ? HEAVY : undefined));
  await alwaysHere(chrome, extension);
  const page = await chrome.context.newPage();
  const begin = () =>
    chrome.cdp.send("Tracing.start", { categories: "devtools.timeline,toplevel", transferMode: "ReturnAsStream" });
  // What else the machine does adds to it now and then; what it takes is the least of a few times.
  let quiet = Number.POSITIVE_INFINITY;
  for (let load = 0; load < 3; load += 1) {
    await begin();
    await page.goto(site.url("heavy"));
    await page.mouse.click(300, 300);
    await page.mouse.wheel(0, 2000);
    await settled(page);
    const { calls, ms } = scriptTime(await traced(chrome));
    expect(calls, "the trace has the script in it").toBeGreaterThan(0);
    quiet = Math.min(quiet, ms);
  }
  expect(quiet).toBeLessThan(5);

  await begin();
  await page.keyboard.press("Control+a");
  await expect(bubble(page)).toHaveCount(1);
  const asked = scriptTime(await traced(chrome));
  console.log(
    `bubble.js on a heavy page: ${quiet} ms of script until asked, ${asked.ms} ms for a selection of everything`,
  );
  expect(asked.calls).toBeGreaterThan(0);
  site.close();
});

interface TraceEvent {
  name: string;
  /** Time of the processor, in microseconds: what else runs on the machine is not in it. */
  tdur?: number;
  args?: { data?: { url?: string } };
}

function scriptTime(events: TraceEvent[]): { calls: number; ms: number } {
  const ours = events.filter(
    ({ name, args }) => ["EvaluateScript", "FunctionCall"].includes(name) && args?.data?.url?.endsWith("/bubble.js"),
  );
  return { calls: ours.length, ms: ours.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000 };
}

async function traced({ cdp }: Chrome): Promise<TraceEvent[]> {
  const complete = new Promise<{ stream?: string }>((resolve) => cdp.once("Tracing.tracingComplete", resolve));
  await cdp.send("Tracing.end");
  const { stream = "" } = await complete;
  let text = "";
  for (let eof = false; !eof; ) {
    const part = await cdp.send("IO.read", { handle: stream });
    text += part.base64Encoded ? Buffer.from(part.data, "base64").toString() : part.data;
    eof = part.eof;
  }
  await cdp.send("IO.close", { handle: stream });
  return JSON.parse(text).traceEvents;
}
