// The assistant in a page. The extension is exactly what `npm run build` made, with no host permission added: the toolbar
// button's click gives it this page, as for a person.
import { clickToolbarButton, pressShortcut, selectText } from "../../scripts/lib/chrome.mjs";
import { Panel } from "../../scripts/lib/panel.mjs";
import { lastAnswer, send, set } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { DEMO_FIRST, DEMO_LAST, demo, endlessDemo } from "./models.ts";

for (const [id, name] of [
  ["summarize", "Summarize"],
  ["rewrite", "Rewrite"],
  ["explain", "Explain"],
] as const) {
  test(`${name} on a selection writes an answer into the panel`, async ({ extension, page }) => {
    await extension.store(demo());
    const panel = await extension.chooseAction(page, id, "#lens");
    const { text, state, error } = await panel.answer();
    expect(error).toBeUndefined();
    expect(state).toBe("done");
    expect(text.startsWith(DEMO_FIRST)).toBe(true);
    expect(text.endsWith(DEMO_LAST)).toBe(true);
    expect(await panel.isPressed(name)).toBe(true);
  });
}

test("the shortcut opens the panel without choosing; Escape closes it; the page cannot look into it", async ({
  chrome,
  extension,
  page,
}) => {
  await extension.store(demo());
  await selectText(page, "#lens");
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  await pressShortcut(chrome, page, "assistant");

  const panel = await (await Panel.on(page)).opened();
  expect((await panel.part("panel-answer"))?.text ?? "").toBe("");
  expect(await page.evaluate(() => document.querySelector("chord-assistant")?.shadowRoot ?? null)).toBeNull();
  await panel.click("Explain");
  expect((await panel.answer()).text).toContain(DEMO_LAST);
  await page.keyboard.press("Escape");
  await panel.closed();
});

test("an answer streams into the panel, and Stop keeps what is there", async ({ extension, page, popup }) => {
  await extension.storeSlow(endlessDemo());
  await set(popup, { "Maximum length": 4000 });
  const panel = await extension.chooseAction(page, "explain", "#lens");
  let stopped: Promise<void> | undefined;
  const lengths = new Set<number>();
  const { text, state } = await panel.answer((shown) => {
    lengths.add(shown.length);
    if (shown.includes(DEMO_LAST) && lengths.size > 3) stopped ??= panel.click("Stop");
  });
  await stopped;
  expect(state).toBe("stopped");
  expect(lengths.size, "the answer grew before it ended").toBeGreaterThan(3);
  expect(text.startsWith(DEMO_FIRST)).toBe(true);
});

test("a page that nobody asked about is left alone", async ({ extension, page }) => {
  await extension.store(demo());
  await page.reload();
  expect(await page.locator("chord-assistant").count()).toBe(0);
  const added = await page.evaluate(() => Object.keys(globalThis).filter((key) => key.toLowerCase().includes("chord")));
  expect(added).toEqual([]);
});

test("the popup and a page ask at once: one waits, each gets its own answer", async ({ extension, page, popup }) => {
  await extension.storeSlow(endlessDemo());
  await set(popup, { "Maximum length": 3000 });
  await send(popup, "Go on.");
  await expect(lastAnswer(popup)).toContainText(DEMO_FIRST);

  const panel = await extension.chooseAction(page, "summarize", "#lens");
  await expect.poll(async () => (await panel.part("panel-status"))?.text ?? "").toMatch(/wait|queue|ahead|busy/i);
  expect((await panel.part("panel-answer"))?.text ?? "").toBe("");

  await popup.bringToFront();
  await popup.getByRole("button", { name: "Stop" }).click();
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "stopped");
  // Its own answer, from the beginning; this one is stopped too, being endless.
  let stopped: Promise<void> | undefined;
  const answer = await panel.answer((shown) => {
    if (shown.includes(DEMO_FIRST)) stopped ??= panel.click("Stop");
  });
  await stopped;
  expect(answer.error).toBeUndefined();
  expect(answer.text.startsWith(DEMO_FIRST)).toBe(true);
});
