// What a picture cannot show of a page: nothing is wider than its window or cut off, every control has a name, and axe-core finds
// nothing serious.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

// Evaluated by the debugger, so that the pages' content security policy does not matter.
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function checkLayout(page: Page) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, "pixels wider than the window").toBeLessThanOrEqual(0);
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
