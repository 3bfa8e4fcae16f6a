// Every surface by keyboard alone, at 200 % zoom, in forced colours, without motion, and as a screen reader hears it.
import type { Frame, Page } from "@playwright/test";
import { clickToolbarButton, pressShortcut } from "../../scripts/lib/chrome.mjs";
import { Panel } from "../../scripts/lib/panel.mjs";
import { ask } from "../../scripts/lib/popup.mjs";
import { openSidePanel, said } from "../../scripts/lib/side-panel.mjs";
import { embeddedModel } from "../../scripts/setup/minilm.mjs";
import { send } from "./extension.ts";
import { expect, screenshot, test } from "./fixtures.ts";
import { checkLayout, reachable } from "./layout.ts";
import { DEMO_LAST, demo } from "./models.ts";

test.use({ motion: "reduce" });

/** Each surface in use. What a window of Chrome's at 200 % leaves of it, in its own pixels. */
const ZOOMED = {
  options: { width: 640, height: 360 },
  welcome: { width: 640, height: 360 },
  popup: { width: 400, height: 300 },
};

/** What screen readers are told from here on. */
async function listen(page: Page | Frame): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    const note = (records: MutationRecord[]) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const live = element?.closest("[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])");
        if (live?.textContent) heard.push(live.textContent);
      }
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => [...new Set((globalThis as unknown as { heard: string[] }).heard)]);
}

/** Nothing moves: no transition lasts, no animation does anything but appear. */
async function checkMotion(page: Page | Frame): Promise<void> {
  const moving = await page.evaluate(() => {
    const lasts = (times: string) => times.split(",").some((time) => Number.parseFloat(time) > 0.001);
    return [...document.querySelectorAll("*")].flatMap((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return lasts(transitionDuration) || lasts(animationDuration) ? [element.className] : [];
    });
  });
  expect(moving, "what moves").toEqual([]);
}

async function checkEverything(page: Page, name: string, zoomed: { width: number; height: number }): Promise<void> {
  await checkMotion(page);
  await reachable(page);
  await page.emulateMedia({ forcedColors: "active" });
  await checkLayout(page);
  await screenshot(page, `${name}-forced`);
  await page.emulateMedia({ forcedColors: "none" });
  const usual = page.viewportSize();
  await page.setViewportSize(zoomed);
  await checkLayout(page);
  await reachable(page);
  await screenshot(page, `${name}-200`);
  if (usual) await page.setViewportSize(usual);
}

test("options", async ({ extension }) => {
  const options = await extension.openOptions();
  await options.getByTestId("file-input").setInputFiles(demo());
  await expect(options.getByTestId("model")).toHaveCount(1);
  await expect(options.getByTestId("offer").first()).toBeVisible();
  await checkEverything(options, "options", ZOOMED.options);
});

test("the first page, and the one to try", async ({ chrome }) => {
  const first = await chrome.context.newPage();
  await first.goto(chrome.url("welcome/index.html"));
  await expect(first.getByTestId("choice-get").getByRole("button")).toBeVisible();
  await checkEverything(first, "welcome", ZOOMED.welcome);
  await first.goto(chrome.url("welcome/index.html#try"));
  await first.reload();
  await expect(first.getByRole("article")).toBeVisible();
  await checkEverything(first, "welcome-try", ZOOMED.welcome);
});

test("the popup: empty, in use, its settings; an answer is told in sentences, not token by token", async ({
  extension,
  popup,
}) => {
  await expect(popup.getByRole("button", { name: "Add a model" })).toBeVisible();
  await checkEverything(popup, "popup-empty", ZOOMED.popup);
  await extension.store(demo());
  await popup.bringToFront();
  const heard = await listen(popup);
  const { text } = await ask(popup, "What can you do?");
  expect(text).toContain(DEMO_LAST);
  const told = await heard();
  expect(told.length, told.join(" | ")).toBeGreaterThan(0);
  expect(told.length, told.join(" | ")).toBeLessThan(8);
  await checkEverything(popup, "popup", ZOOMED.popup);
  await popup.getByRole("button", { name: "Settings" }).click();
  await checkEverything(popup, "popup-settings", ZOOMED.popup);
});

test("the side panel: walked by keyboard, told in sentences", async ({ chrome, extension, page }) => {
  test.skip(!embeddedModel(), "skipped: set-up could not fetch the built-in model");
  await extension.store(demo());
  const panel = await openSidePanel(chrome, page);
  const heard = await listen(panel);
  await said(panel);
  await panel.getByLabel("Ask about this page").press("Shift+Tab");
  await panel.keyboard.press("Shift+Tab");
  await panel.keyboard.press("Shift+Tab");
  await expect(panel.getByTestId("cite").last(), "before Copy and Write it with").toBeFocused();
  await panel.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => CSS.highlights.size)).toBe(1);
  await panel.keyboard.press("Escape");
  await expect.poll(() => page.evaluate(() => CSS.highlights.size)).toBe(0);
  await panel.keyboard.press("Tab");
  await panel.keyboard.press("Tab");
  await expect(panel.getByRole("button", { name: /^Write it with/ })).toBeFocused();
  await panel.keyboard.press("Enter");
  await expect(panel.getByTestId("summary-method")).toContainText("Written by");
  await said(panel);
  const told = await heard();
  expect(told).toContain("Summary ready");
  expect(told.length, told.join(" | ")).toBeLessThan(10);
  await checkEverything(panel, "sidepanel", { width: 190, height: 360 });
});

test("the panel in a page: walked by keyboard, told in sentences", async ({ chrome, extension, page }) => {
  await extension.store(demo());
  await page.evaluate(() => {
    document.body.innerHTML = '<textarea id="field" rows="4">Some words, typed here.</textarea>';
  });
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  await page.locator("#field").selectText();
  await pressShortcut(chrome, page, "assistant");
  const panel = await (await Panel.on(page)).opened();
  const heard = await listen(panel.frame);
  await checkMotion(panel.frame);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect((await panel.answer()).text).toContain(DEMO_LAST);
  const told = await heard();
  expect(told).toContain("Answer finished");
  expect(told.length, told.join(" | ")).toBeLessThan(8);

  const at = () =>
    panel.frame.evaluate(() => {
      const { activeElement: element } = document;
      return {
        name: element?.ariaLabel || element?.textContent,
        outline: element && getComputedStyle(element).outlineStyle,
      };
    });
  for (const name of ["Rewrite", "Close", "Replace", "Insert below", "Copy", "Retry"]) {
    await page.keyboard.press("Tab");
    await expect.poll(at).toEqual({ name, outline: "solid" });
  }
  for (let back = 0; back < 3; back += 1) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.locator("#field")).toHaveValue(new RegExp(DEMO_LAST.slice(-20)));
  await expect(page.locator("#field"), "one goes on writing").toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(page.locator("#field")).toHaveValue("Some words, typed here.");
  await page.keyboard.press("Escape");
  await panel.closed();
  await expect(page.locator("#field")).toBeFocused();
});

test("Stop in the popup, by keyboard, gives the focus back to where one writes", async ({ extension, popup }) => {
  await extension.storeSlow(demo());
  await popup.bringToFront();
  await send(popup, "Hello");
  await expect(popup.getByTestId("answer")).toContainText("Hello");
  await popup.getByRole("button", { name: "Stop" }).focus();
  await popup.keyboard.press("Enter");
  await expect(popup.getByTestId("answer")).toHaveAttribute("data-state", "stopped");
  await expect(popup.getByRole("textbox", { name: "Message" })).toBeFocused();
});
