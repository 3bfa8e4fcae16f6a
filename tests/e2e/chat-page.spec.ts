// "Use this page": a page's text goes with a question, is shown on it and stays with it.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { clickInPopup, clickToolbarButton } from "../../scripts/lib/chrome.mjs";
import { ask, chatBeside } from "../../scripts/lib/popup.mjs";
import { textIn } from "./debug.ts";
import { lastAnswer, send } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { DEMO_LAST, demo } from "./models.ts";
import { article, type Site, serve } from "./site.ts";

let site: Site;
const pages: Record<string, string> = {};
test.beforeAll(async () => {
  site = await serve((path) => pages[path]);
});
test.afterAll(() => site.close());

const toggle = (chat: Page) => chat.getByRole("button", { name: "Use this page" });
const notes = (chat: Page) => chat.getByTestId("question-page");

test("in the popup over a page, its text goes with the question", async ({ chrome, extension, page }) => {
  await extension.store(demo());
  await clickToolbarButton(chrome, page);
  await clickInPopup(chrome, "Explain how a rainbow forms");
  await clickInPopup(chrome, `Use this page ${await page.title()}`);
  await clickInPopup(chrome, "Send");
  const text = await textIn(chrome.cdp, "/popup/", '[data-testid="answer"][data-state="done"]');
  expect(text).toContain(`${await page.title()} ·`);
  expect(text).toMatch(/· \d+ words/);
  expect(text).toContain(DEMO_LAST);
});

test("the article to try Chord on goes along like any page, though no script may run there", async ({
  chrome,
  extension,
}) => {
  await extension.store(demo());
  const own = await chrome.context.newPage();
  await own.goto(chrome.url("welcome/index.html#try"));
  await expect(own.getByRole("heading", { level: 1 })).toBeVisible();
  const tab = await own.evaluate(async () => (await globalThis.chrome.tabs.getCurrent())?.id);
  const chat = await chrome.context.newPage();
  await chat.goto(chrome.url(`popup/index.html?tab=${tab}`));
  await toggle(chat).click();
  expect((await ask(chat, "What is it about?")).error).toBeUndefined();
  await expect(notes(chat)).toContainText(/\d+ words/);
});

test("the page stays with its question: regenerated, edited, branched, opened again, exported", async ({
  chrome,
  extension,
  page,
}, info) => {
  await extension.store(demo());
  const chat = await chatBeside(chrome, page);
  await toggle(chat).click();
  expect((await ask(chat, "What is it about?")).error).toBeUndefined();
  await expect(toggle(chat), "once is enough").toHaveAttribute("aria-pressed", "false");
  const note = (await notes(chat).textContent()) ?? "";
  expect(note).toContain(await page.title());

  await chat.getByRole("button", { name: "Regenerate" }).click();
  await expect(lastAnswer(chat)).toHaveAttribute("data-state", "done");
  await expect(notes(chat)).toHaveText([note]);
  await chat.getByTestId("question").hover();
  await chat.getByRole("button", { name: "Edit and ask again" }).click();
  await expect(notes(chat), "also told of beside the field").toHaveText([note, note]);
  await send(chat, "And in short?");
  await expect(lastAnswer(chat)).toHaveAttribute("data-state", "done");
  await expect(notes(chat)).toHaveText([note]);
  await chat.getByRole("button", { name: "Branch from here" }).click();
  expect((await ask(chat, "Go on.")).error).toBeUndefined();
  await chat.reload();
  await expect(notes(chat)).toHaveText([note]);

  await chat.getByRole("button", { name: "All conversations" }).click();
  const [file] = await Promise.all([
    chat.waitForEvent("download"),
    chat.getByRole("button", { name: "Export all" }).click(),
  ]);
  const path = info.outputPath("all.json");
  await file.saveAs(path);
  const [branch] = JSON.parse(readFileSync(path, "utf8")).conversations;
  expect(branch.exchanges[0].page).toMatchObject({ title: await page.title(), url: page.url(), cut: false });
  expect(branch.exchanges[0].page.text).toContain("In July 1823 the first full-sized one was lit");
});

test("a long page is cut to what fits beside the conversation, and says so", async ({ chrome, extension }) => {
  pages.long = article(
    "A long page",
    Array.from(
      { length: 1500 },
      (_, i) => `In the year ${1000 + i} lamp ${i} was lit by keeper ${i * 7} of the coast.`,
    ),
  );
  const page = await chrome.context.newPage();
  await page.goto(site.url("long"));
  await extension.store(demo());
  const chat = await chatBeside(chrome, page);
  await toggle(chat).click();
  const { text, error } = await ask(chat, "How many?");
  expect(error).toBeUndefined();
  expect(text).toContain(DEMO_LAST);
  await expect(notes(chat)).toHaveText(/^A long page · only its first [\d,]+ words fit$/);
  // Asked again with more said before it, it is cut further if need be, and still answered.
  expect((await ask(chat, "And who? ".repeat(40))).error).toBeUndefined();
});

test("a page that is closed to extensions is told of before anything is sent", async ({ chrome, extension }) => {
  await extension.store(demo());
  const closed = await chrome.context.newPage();
  await closed.goto("chrome://version");
  const chat = await chrome.context.newPage();
  await chat.goto(chrome.url("popup/index.html"));
  const tab = await chat.evaluate(() => globalThis.chrome.tabs.query({ index: 1 }).then(([tab]) => tab?.id));
  await chat.goto(chrome.url(`popup/index.html?tab=${tab}`));
  await chat.getByRole("textbox", { name: "Message" }).fill("What is this?");
  await toggle(chat).click();
  await expect(chat.getByTestId("page-error")).toContainText("closed to every extension");
  await expect(toggle(chat)).toHaveAttribute("aria-pressed", "false");
  await expect(chat.getByRole("textbox", { name: "Message" })).toHaveValue("What is this?");
});
