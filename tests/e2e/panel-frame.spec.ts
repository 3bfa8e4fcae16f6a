// The panel's frame: what a page cannot learn of it or do to it, on pages of every kind; focus and keys.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { chooseFromContextMenu, clickToolbarButton } from "../../scripts/lib/chrome.mjs";
import { Panel } from "../../scripts/lib/panel.mjs";
import { test as base, expect } from "./fixtures.ts";
import { DEMO_LAST, demo } from "./models.ts";

const HEADERS: Record<string, Record<string, string>> = {
  plain: {},
  strict: { "content-security-policy": "default-src 'none'; frame-src 'none'; frame-ancestors 'none'" },
  isolated: { "cross-origin-embedder-policy": "require-corp", "cross-origin-opener-policy": "same-origin" },
  forbidding: { "permissions-policy": "clipboard-write=()" },
  sandboxed: { "content-security-policy": "sandbox allow-scripts" },
  scriptless: { "content-security-policy": "sandbox" },
};

const BODY = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
<p id="words">Some words of the page, to be selected and explained.</p>
<textarea id="field">Some words, typed here.</textarea></html>`;

const test = base.extend<{ site: (kind: string) => string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures that are wanted off the pattern
  site: async ({}, use) => {
    const server = createServer((request, response) => {
      const headers = HEADERS[request.url?.slice(1) ?? ""];
      response.writeHead(headers ? 200 : 404, { "content-type": "text/html; charset=utf-8", ...headers }).end(BODY);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await use((kind) => `http://127.0.0.1:${port}/${kind}`);
    server.close();
    server.closeAllConnections();
  },
});

for (const kind of ["strict", "isolated", "forbidding", "sandboxed"]) {
  test(`an answer on a page that is ${kind}`, async ({ chrome, extension, site }) => {
    await extension.store(demo());
    const page = await chrome.context.newPage();
    await page.goto(site(kind));
    const panel = await extension.chooseAction(page, "explain", "#words");
    expect((await panel.answer()).text).toContain(DEMO_LAST);
    await panel.press("Copy");
    await expect(panel.frame.getByRole("button", { name: "Copy" })).toHaveAttribute("title", "Copied");
  });
}

test("on a page that lets no script run, a notice says so, and goes by Escape", async ({ chrome, site }) => {
  const page = await chrome.context.newPage();
  await page.goto(site("scriptless"));
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  await chooseFromContextMenu(chrome, page, "more");
  const host = page.locator("chord-assistant");
  await expect(host).toHaveCount(1);
  await expect.poll(() => shadowText(page)).toContain("This page does not let the assistant open in it.");
  await page.keyboard.press("Escape");
  await expect(host).toHaveCount(0);
});

/** What stands in the host's shadow root beside the frame. */
async function shadowText(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const { root } = await session.send("DOM.getDocument", { depth: -1, pierce: true });
  await session.detach();
  return JSON.stringify(root);
}

test("no page of the extension's can be framed by a web page, the panel neither", async ({
  chrome,
  extension,
  site,
}) => {
  await extension.store(demo());
  const page = await chrome.context.newPage();
  await page.goto(site("plain"));
  const frames = [
    "options/index.html",
    "popup/index.html",
    "sidepanel/index.html",
    "offscreen/index.html",
    "panel/index.html#0.a",
  ];
  await page.evaluate(async (urls) => {
    for (const url of urls) {
      const frame = document.createElement("iframe");
      const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
      frame.src = url;
      document.body.append(frame);
      await loaded;
    }
  }, frames.map(chrome.url));
  expect(page.frames().filter((frame) => frame.url().startsWith(chrome.url("")))).toEqual([]);
  expect(page.frames()).toHaveLength(1 + frames.length);
});

test("the page learns neither the panel's address nor the keys pressed there, and gets its focus back", async ({
  chrome,
  extension,
  site,
}) => {
  await extension.store(demo());
  const page = await chrome.context.newPage();
  await page.goto(site("plain"));
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    for (const type of ["keydown", "keyup", "click", "message", "paste", "input"])
      addEventListener(type, (event) => heard.push(`${type} ${(event as KeyboardEvent).key ?? ""}`), true);
  });
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  await page.locator("#field").evaluate((field: HTMLTextAreaElement) => {
    field.focus();
    field.setSelectionRange(5, 10);
  });
  await chooseFromContextMenu(chrome, page, "more");
  const panel = await (await Panel.on(page)).opened();
  const focused = () => panel.frame.evaluate(() => document.activeElement?.textContent);
  await expect.poll(focused).toBe("Summarize");

  await page.keyboard.press("ArrowDown");
  expect(await focused()).toBe("Rewrite");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  expect((await panel.answer()).text).toContain(DEMO_LAST);
  const learnt = await page.evaluate(() => ({
    heard: (globalThis as unknown as { heard: string[] }).heard,
    frames: frames.length,
    loaded: performance.getEntries().filter(({ name }) => name.includes("chrome-extension")).length,
    inside: document.activeElement?.localName,
    root: document.querySelector("chord-assistant")?.shadowRoot ?? null,
  }));
  expect(learnt).toEqual({ heard: [], frames: 0, loaded: 0, inside: "chord-assistant", root: null });

  await page.keyboard.press("Escape");
  await panel.closed();
  const field = page.locator("#field");
  await expect(field).toBeFocused();
  expect(await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)).toEqual([]);
  expect(await field.evaluate((f: HTMLTextAreaElement) => [f.selectionStart, f.selectionEnd])).toEqual([5, 10]);
});

test("a content script answers to the nonce it made, once, and to no other", async ({
  chrome: browser,
  extension,
  site,
}) => {
  await extension.store(demo());
  const page = await browser.context.newPage();
  await page.goto(site("plain"));
  const panel = await extension.chooseAction(page, "more", "#words");
  const nonce = new URL(panel.frame.url()).hash.replace("#0.", "");
  // An extension page can open such ports; a web page cannot even do that.
  const options = await extension.openOptions();
  await options.evaluate(
    async ({ names, url }) => {
      const [tab] = await chrome.tabs.query({ url });
      const heard: unknown[] = [];
      Object.assign(globalThis, { heard });
      for (const name of names) {
        const port = chrome.tabs.connect(tab?.id ?? -1, { frameId: 0, name });
        port.onMessage.addListener((message) => heard.push(message));
        port.postMessage({ type: "do", id: 1, deed: { kind: "pageText" } });
        port.postMessage({ type: "close" });
      }
    },
    { names: ["chord.panel.", "chord.panel.guessed", `chord.panel.${nonce}`], url: page.url() },
  );
  await page.bringToFront();
  await panel.press("Explain");
  expect((await panel.answer()).text).toContain(DEMO_LAST);
  expect(await options.evaluate(() => (globalThis as unknown as { heard: unknown[] }).heard)).toEqual([]);
});

test("a panel that no content script opened shows nothing", async ({ chrome: browser }) => {
  const page = await browser.context.newPage();
  await page.goto(browser.url("panel/index.html#0.guessed"));
  await page.evaluate(() => chrome.tabs.getCurrent()); // answered after the panel's own question
  expect(await page.locator("#root").evaluate((root) => root.childElementCount)).toBe(0);
});

test("taken out by the page, the panel is gone, and opens again", async ({ chrome, extension, site }) => {
  await extension.store(demo());
  const page = await chrome.context.newPage();
  await page.goto(site("plain"));
  await extension.chooseAction(page, "more", "#words");
  await page.evaluate(() => document.querySelector("chord-assistant")?.remove());
  const panel = await extension.chooseAction(page, "explain", "#words");
  expect((await panel.answer()).text).toContain(DEMO_LAST);
});

test("the panel is as high as what is in it, within the window", async ({ chrome, extension, site }) => {
  await extension.store(demo());
  const page = await chrome.context.newPage();
  await page.goto(site("plain"));
  const panel = await extension.chooseAction(page, "explain", "#words");
  await panel.answer();
  const sizes = () =>
    panel.frame.evaluate(() => ({ frame: innerHeight, panel: document.querySelector("[role=dialog]")?.clientHeight }));
  const same = async () => {
    const { frame, panel } = await sizes();
    return frame - (panel ?? 0);
  };
  await expect.poll(same).toBe(0);
  const { frame: answer } = await sizes();
  await panel.press("Explain");
  await expect.poll(async () => (await sizes()).frame).not.toBe(answer);
  await expect.poll(same).toBe(0);
  await page.setViewportSize({ width: 640, height: 300 });
  await expect.poll(async () => (await sizes()).frame).toBeLessThan(300);
  await expect.poll(same).toBe(0);
});
