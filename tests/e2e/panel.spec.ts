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
    expect((await panel.part("panel-title"))?.text).toBe(name);
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

test("another action can be chosen from the panel; a language to translate into is remembered", async ({
  extension,
  page,
}) => {
  await extension.store(demo());
  const panel = await extension.chooseAction(page, "explain", "#lens");
  await panel.answer();
  await panel.press("Explain");
  await panel.choose("Language to translate into", "French");
  await panel.press("Translate");
  expect((await panel.answer()).state).toBe("done");
  expect((await panel.part("panel-title"))?.text).toBe("Translate");
  await page.keyboard.press("Escape");
  await panel.closed();

  const again = await extension.chooseAction(page, "more", "#lens");
  await expect.poll(() => again.chosen("Language to translate into")).toBe("French");
});

test("a prompt of the person's own is offered, and answered like the others", async ({ extension, page }) => {
  await extension.store(demo());
  const options = await extension.openOptions();
  await options.getByRole("button", { name: "Add a prompt" }).click();
  const prompt = options.getByTestId("prompt");
  await prompt.getByRole("textbox", { name: "Name" }).fill("Haiku");
  await prompt.getByRole("textbox", { name: "Prompt" }).fill("Make a haiku of {{selection}} ({{title}}).");
  await options.reload();
  await expect(prompt.getByRole("textbox", { name: "Name" })).toHaveValue("Haiku");
  await options.close();

  const panel = await extension.chooseAction(page, "more", "#lens");
  await expect.poll(() => panel.has("Haiku")).toBe(true);
  await panel.press("Haiku");
  expect((await panel.answer()).text.startsWith(DEMO_FIRST)).toBe(true);
  expect((await panel.part("panel-title"))?.text).toBe("Haiku");
});

test("a proofread text shows its changes; each is accepted or rejected by key, and Copy takes what is left", async ({
  chrome,
  extension,
  page,
}) => {
  await chrome.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await extension.store(demo());
  const panel = await extension.chooseAction(page, "proofread", "#lens");
  expect((await panel.answer()).state).toBe("done");
  const selected = (await page.evaluate(() => String(getSelection()))).trim();
  const copied = async () => {
    await panel.press("Copy");
    return (await page.evaluate(() => navigator.clipboard.readText())).trim();
  };
  const accepted = await copied();
  expect(accepted.endsWith(DEMO_LAST)).toBe(true);

  await panel.press("Reject all");
  await expect.poll(copied).toBe(selected);
  await panel.press("Accept all");
  await expect.poll(copied).toBe(accepted);

  // By key: the first change is rejected, and the focus goes on to the next.
  await panel.focusChange(0);
  await page.keyboard.press("Backspace");
  await expect.poll(() => panel.changes()).toMatchObject([{ accepted: false, focused: false }, { focused: true }]);
  await page.keyboard.press("Enter");
  expect((await panel.changes())[1]).toMatchObject({ accepted: true });
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
