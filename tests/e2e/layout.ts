// What a picture cannot show of a page: nothing is wider than its window or cut off, every control has a name, and axe-core finds
// nothing serious.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Frame, Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

// Evaluated by the debugger, so that the pages' content security policy does not matter.
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function checkLayout(page: Page | Frame) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, "pixels wider than the window").toBeLessThanOrEqual(0);
  const sideways = await page.evaluate(() =>
    [...document.querySelectorAll(":not(pre, textarea)")]
      .filter((e) => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1)
      .map((e) => e.outerHTML.slice(0, 160)),
  );
  expect(sideways, "scrolls in both directions").toEqual([]);
  const cut = await page.evaluate(() => {
    const cutOff = (e: Element) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).textOverflow !== "ellipsis";
    return [...document.querySelectorAll("button, label, h1, h2, h3, a")]
      .filter((e) => e.clientWidth > 1 && cutOff(e))
      .map((e) => e.outerHTML);
  });
  expect(cut, "words cut off").toEqual([]);
  const nameless = await page.evaluate(() => {
    const name = (e: Element) => (e.ariaLabel || e.textContent || e.getAttribute("title") || "").trim();
    return [...document.querySelectorAll("button")].filter((b) => !name(b)).map((b) => b.outerHTML);
  });
  expect(nameless, "buttons without a name").toEqual([]);
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  expect(found, "what axe-core finds serious").toEqual([]);
}

/** Tab leads to every control that can be seen and used, each shows that it has the focus, and the way ends. */
export async function reachable(page: Page): Promise<void> {
  await page.evaluate(() => {
    getSelection()?.removeAllRanges();
    (document.activeElement as HTMLElement | null)?.blur();
    // The start of the page is where Tab begins.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    Object.assign(globalThis, { walked: new Set<Element>() });
  });
  const unmarked: string[] = [];
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const { walked } = globalThis as unknown as { walked: Set<Element> };
      const at = document.activeElement;
      if (!at || at === document.body || walked.has(at)) return null;
      walked.add(at);
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      const marked = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1;
      return { marked, html: at.outerHTML.slice(0, 160) };
    });
    if (!now) break;
    if (!now.marked) unmarked.push(now.html);
  }
  expect(unmarked, "has the focus and does not show it").toEqual([]);
  const missed = await page.evaluate(() => {
    const { walked } = globalThis as unknown as { walked: Set<Element> };
    const controls = "button, a[href], input, select, textarea, summary";
    return (
      [...document.querySelectorAll<HTMLInputElement>(controls)]
        .filter((e) => !e.disabled && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }))
        .filter((e) => !walked.has(e))
        // A group of them is one place for Tab, the chosen one; arrow keys lead through it.
        .filter((e) => e.type !== "radio" || e.checked)
        .map((e) => e.outerHTML.slice(0, 160))
    );
  });
  expect(missed, "Tab does not lead there").toEqual([]);
}
