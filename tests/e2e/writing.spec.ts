// Answers put into the page: in fields, in editable elements, and in real rich-text editors. Each takes the text in the
// selection's place, keeps the formatting around it, leaves the caret behind it, and takes it back with one Ctrl+Z.
import type { Page } from "@playwright/test";
import { type Chrome, chooseFromContextMenu, clickToolbarButton } from "../../scripts/lib/chrome.mjs";
import { Panel } from "../../scripts/lib/panel.mjs";
import { selectIn, serveEditors, shownIn } from "./editors.ts";
import { test as base, expect } from "./fixtures.ts";
import { DEMO_FIRST, demo } from "./models.ts";

const test = base.extend<{ page: Page }>({
  page: async ({ chrome, extension }, use) => {
    await extension.store(demo());
    const site = await serveEditors();
    const page = await chrome.context.newPage();
    await page.goto(site.url);
    await ready(page);
    await use(page);
    site.close();
  },
});

/** Waits for the editors. */
const ready = (page: Page) =>
  page.waitForFunction(() => (globalThis as { ready?: Promise<unknown> }).ready?.then(() => true));

const MIDDLE = "teh old middle";

/** The panel with an answer about `MIDDLE` of the place called `id`. */
async function answered(chrome: Chrome, page: Page, id: string): Promise<Panel> {
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  await page.evaluate(selectIn, { id, middle: MIDDLE });
  await chooseFromContextMenu(chrome, page, "rewrite");
  const panel = await (await Panel.on(page)).opened();
  expect((await panel.answer()).state).toBe("done");
  return panel;
}

/** Waits for what became of an answer that was to be put into the page. */
const becomes = (panel: Panel, state: string) =>
  expect.poll(async () => (await panel.part("panel-outcome"))?.state).toBe(state);

const flat = (text: string) => text.replace(/\s+/g, " ");

const PLACES = [
  "textarea",
  "input",
  "controlled",
  "plain",
  "prosemirror",
  "lexical",
  "slate",
  "quill",
  "codemirror",
  "ckeditor",
];

// One browser for several, as a person has it: to start one takes as long as the test.
for (const [half, places] of [PLACES.filter((_, i) => i % 2 === 0), PLACES.filter((_, i) => i % 2 === 1)].entries()) {
  test(`an answer takes the selection's place; one undo, by button or by key, takes it back, half ${half + 1}`, async ({
    chrome,
    page,
  }) => {
    test.setTimeout(240_000);
    for (const id of places) {
      await test.step(id, async () => {
        await page.reload();
        await ready(page);
        await replacesAndUndoes(chrome, page, id);
      });
    }
  });
}

async function replacesAndUndoes(chrome: Chrome, page: Page, id: string): Promise<void> {
  const panel = await answered(chrome, page, id);
  const shown = () => page.evaluate(shownIn, id);
  const before = await shown();
  const [head = "", tail = ""] = before.text.split(MIDDLE);
  const whole = (written: string) => flat(head) + flat(written) + flat(tail);
  const answer = (await panel.part("panel-answer"))?.text ?? "";

  await panel.press("Replace");
  await becomes(panel, "replaced");
  const { text, bold } = await shown();
  expect(flat(text)).toBe(whole(answer));
  expect(bold).toBe(before.bold);
  await panel.press("Undo");
  await becomes(panel, "undone");
  expect(await shown()).toEqual(before);

  await panel.press("Replace");
  await becomes(panel, "replaced");
  await page.keyboard.press("Control+z");
  await expect.poll(shown).toEqual(before);

  // The caret is behind what was written, and typing goes on there.
  await panel.press("Retry");
  await expect.poll(async () => (await panel.part("panel-outcome"))?.state).toBe("none");
  await panel.press("Replace");
  await becomes(panel, "replaced");
  await page.keyboard.type("!");
  expect(flat((await shown()).text)).toBe(whole(`${answer}!`));
}

test("below the selection, on a line of its own", async ({ chrome, page }) => {
  const panel = await answered(chrome, page, "textarea");
  const { text: before } = await page.evaluate(shownIn, "textarea");
  await panel.press("Insert below");
  await becomes(panel, "inserted");
  const { text } = await page.evaluate(shownIn, "textarea");
  expect(text).toContain(`${MIDDLE}\n\n${DEMO_FIRST}`);
  await panel.press("Undo");
  await becomes(panel, "undone");
  expect((await page.evaluate(shownIn, "textarea")).text).toBe(before);
});

for (const [id, why] of [
  ["refuses", "an editor that lets nothing in"],
  ["short", "a field too short for it"],
] as const) {
  test(`${why}: it stays as it was, and the text is copied`, async ({ chrome, page }) => {
    await chrome.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const panel = await answered(chrome, page, id);
    const before = await page.evaluate(shownIn, id);
    await panel.press("Replace");
    await becomes(panel, "copied");
    expect(await page.evaluate(shownIn, id)).toEqual(before);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(DEMO_FIRST);
  });
}

test("an answer about a part of the selection does not take its place: the rest would be gone", async ({
  chrome,
  page,
}) => {
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  const field = page.locator("#textarea");
  await field.fill("One more sentence of very many. ".repeat(4000));
  await field.selectText();
  await chooseFromContextMenu(chrome, page, "proofread");
  const panel = await (await Panel.on(page)).opened();
  expect((await panel.answer()).state).toBe("done");
  expect((await panel.part("panel-note"))?.text).toContain("only its first");
  expect([await panel.has("Replace"), await panel.has("Insert below")]).toEqual([false, true]);
  expect(await panel.changes()).toEqual([]);
});

test("a script's click writes nothing", async ({ chrome, page }) => {
  const panel = await answered(chrome, page, "textarea");
  const before = await page.evaluate(shownIn, "textarea");
  await panel.click("Replace");
  expect((await panel.part("panel-outcome"))?.state).toBe("none");
  expect(await page.evaluate(shownIn, "textarea")).toEqual(before);
});

test("what was changed meanwhile is not written over", async ({ chrome, page }) => {
  const panel = await answered(chrome, page, "textarea");
  await page.locator("#textarea").fill("Something else altogether.");
  await panel.press("Replace");
  await becomes(panel, "copied");
  expect(await page.locator("#textarea").inputValue()).toBe("Something else altogether.");
});
