// Parts that die in the middle of an answer: it goes on or ends with a clear error, and the next one works. None may hang.
import type { Page } from "@playwright/test";
import { ask } from "../../scripts/lib/popup.mjs";
import { endThread, evaluateInEngine } from "./debug.ts";
import { type Extension, lastAnswer, send, set } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { DEMO_FIRST, DEMO_LAST, demo, endlessDemo, random } from "./models.ts";

/** An answer that is under way and will be for a while. */
async function longAnswer(extension: Extension, popup: Page) {
  await extension.storeSlow(endlessDemo());
  await set(popup, { "Maximum length": 300 });
  await send(popup, "Go on.");
  await expect(lastAnswer(popup)).toContainText(DEMO_FIRST);
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "streaming");
}

async function nextAnswerWorks(popup: Page) {
  // What the endless model recited would fill the context.
  await popup.getByRole("button", { name: "New conversation" }).click();
  await set(popup, { "Maximum length": 60 });
  const { text, error } = await ask(popup, "Once more.");
  expect(error).toBeUndefined();
  expect(text).toContain(DEMO_LAST);
}

test("the service worker is killed: the answer goes on to its end", async ({ extension, popup }) => {
  await longAnswer(extension, popup);
  await extension.stopServiceWorker(popup);
  const before = ((await lastAnswer(popup).textContent()) ?? "").length;
  await expect.poll(async () => ((await lastAnswer(popup).textContent()) ?? "").length).toBeGreaterThan(before);
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "done");
  await expect(popup.getByTestId("error")).toHaveCount(0);
  await nextAnswerWorks(popup);
});

test("the service worker is killed before a question: it comes back for it", async ({ extension, popup }) => {
  await extension.store(demo());
  await extension.stopServiceWorker(popup);
  await nextAnswerWorks(popup);
});

test("the offscreen document is closed: a clear error, and the next answer works", async ({ extension, popup }) => {
  await longAnswer(extension, popup);
  await extension.closeOffscreenDocument();
  await expect(popup.getByTestId("error")).toHaveAttribute("data-code", "engine_lost");
  await expect(lastAnswer(popup)).toContainText(DEMO_FIRST);
  await nextAnswerWorks(popup);
});

test("the engine crashes: a clear error, and the next answer works", async ({ chrome, extension, popup }) => {
  await longAnswer(extension, popup);
  const crash = `setTimeout(() => { throw new WebAssembly.RuntimeError("unreachable"); })`;
  await evaluateInEngine(chrome.cdp, crash);
  await expect(popup.getByTestId("error")).toHaveAttribute("data-code", "engine_crashed");
  await expect(lastAnswer(popup)).toContainText(DEMO_FIRST);
  await nextAnswerWorks(popup);
});

test("a thread of the engine ends: the answer goes on, or a clear error, and the next answer works", async ({
  chrome,
  extension,
  popup,
}) => {
  await extension.store(random());
  await set(popup, { "Maximum length": 60, Temperature: 0 });
  await send(popup, "Go on.");
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "streaming");
  await endThread(chrome.cdp);
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", /done|error/, { timeout: 60_000 });
  const error = popup.getByTestId("error");
  if ((await error.count()) > 0) await expect(error).toHaveAttribute("data-code", "engine_crashed");

  await popup.getByRole("button", { name: "New conversation" }).click();
  await set(popup, { "Maximum length": 5 });
  expect((await ask(popup, "Once more.")).error).toBeUndefined();
});

test("a popup that is closed leaves its answer going: opened again, it shows it to its end", async ({
  extension,
  popup,
}) => {
  await longAnswer(extension, popup);
  const again = await reopened(popup);
  await expect(lastAnswer(again)).toHaveAttribute("data-state", "streaming");
  await expect(lastAnswer(again)).toContainText(DEMO_FIRST);
  await expect(lastAnswer(again)).toHaveAttribute("data-state", "done");
  await expect(lastAnswer(again)).toContainText(DEMO_LAST);
  await expect(again.getByTestId("error")).toHaveCount(0);
  await nextAnswerWorks(again);
});

test("an answer whose engine went away with no popup open: it says so, and keeps what there was", async ({
  extension,
  popup,
}) => {
  await longAnswer(extension, popup);
  const again = await reopened(popup, () => extension.closeOffscreenDocument());
  await expect(again.getByTestId("error")).toHaveAttribute("data-code", "answer_lost");
  await expect(lastAnswer(again)).toContainText(DEMO_FIRST);
  await nextAnswerWorks(again);
});

/** Closes the popup and opens it anew. */
async function reopened(popup: Page, meanwhile?: () => Promise<void>): Promise<Page> {
  const [context, url] = [popup.context(), popup.url()];
  await popup.close();
  await meanwhile?.();
  const again = await context.newPage();
  await again.goto(url);
  return again;
}
