// The options page and the popup's chat, worked as a person works them. Both are opened as tabs.
import { clickToolbarButton } from "./chrome.mjs";
import { tabOf } from "./side-panel.mjs";

/**
 * Imports a model file through the options page's file picker.
 * @param {import("./chrome.mjs").Chrome} chrome
 * @param {string} file
 * @param {(text: string) => void} [onProgress] told what the page says about the import, as it changes
 * @returns {Promise<{ error?: string }>}
 */
export async function importThroughOptions(chrome, file, onProgress) {
  const page = await chrome.context.newPage();
  await page.goto(chrome.url("options/index.html"));
  if (onProgress) await follow(page, "import", 0, onProgress);
  await page.getByTestId("file-input").setInputFiles(file);
  const stored = page.getByTestId("model");
  const failed = page.getByTestId("import").getByRole("alert");
  await stored.or(failed).first().waitFor({ timeout: 0 });
  const error = (await failed.count()) > 0 ? ((await failed.first().textContent()) ?? "").trim() : undefined;
  await page.close();
  return { error };
}

/**
 * Opens the popup in a tab of the popup's own size.
 * @param {import("./chrome.mjs").Chrome} chrome
 */
export async function openPopup(chrome) {
  const page = await chrome.context.newPage();
  await page.setViewportSize({ width: 400, height: 560 });
  await page.goto(chrome.url("popup/index.html"));
  return page;
}

/**
 * Opens the chat in a tab, for a page that the toolbar button was clicked on as by a person.
 * @param {import("./chrome.mjs").Chrome} chrome
 * @param {import("playwright-core").Page} page  its address must be unlike that of every other tab
 */
export async function chatBeside(chrome, page) {
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  const chat = await chrome.context.newPage();
  await chat.setViewportSize({ width: 400, height: 560 });
  await chat.goto(chrome.url(`popup/index.html?tab=${await tabOf(chrome, page)}`));
  return chat;
}

/** Limits the length of answers, in the popup's settings. */
export async function limitAnswers(page, tokens) {
  const settings = page.getByRole("button", { name: "Settings" });
  await settings.click();
  await page.getByRole("spinbutton", { name: "Maximum length" }).fill(String(tokens));
  await settings.click();
}

/**
 * Sends a message and resolves when the answer is over; `onText` is given each new piece as it appears.
 * @param {import("playwright-core").Page} page
 * @param {string} message
 * @param {(piece: string) => void} [onText]
 * @returns {Promise<{ text: string, stats: string, error?: string }>}
 */
export async function ask(page, message, onText) {
  const answers = page.getByTestId("answer");
  const before = await answers.count();
  let shown = 0;
  const onAnswer = (/** @type {string} */ text) => {
    if (text.length > shown) onText?.(text.slice(shown));
    shown = text.length;
  };
  if (onText) await follow(page, "answer", before, onAnswer);
  await page.getByRole("textbox", { name: "Message" }).fill(message);
  await page.getByRole("button", { name: "Send" }).click();
  const answer = answers.nth(before);
  await page
    .locator('[data-testid="answer"]:is([data-state="done"], [data-state="stopped"], [data-state="error"])')
    .nth(before)
    .waitFor({ state: "attached", timeout: 0 });
  const failed = (await answer.getAttribute("data-state")) === "error";
  const last = async (/** @type {string} */ testId) =>
    ((await page.getByTestId(testId).last().textContent()) ?? "").trim();
  return {
    text: await answer.innerText(),
    stats: failed ? "" : await last("answer-stats"),
    error: failed ? await last("error") : undefined,
  };
}

/**
 * Tells `onText` the text of the `index`th element with a test id, at every change of it from here on.
 * @param {import("playwright-core").Page} page
 * @param {string} testId
 * @param {number} index
 * @param {(text: string) => void} onText
 */
async function follow(page, testId, index, onText) {
  const name = `chordFollow${++follows}`;
  await page.exposeFunction(name, onText);
  await page.evaluate(
    ({ name, testId, index }) => {
      let seen = "";
      new MutationObserver(() => {
        /** @type {NodeListOf<HTMLElement>} */
        const elements = document.querySelectorAll(`[data-testid="${testId}"]`);
        const text = elements[index]?.innerText ?? ""; // with its line breaks
        if (text === seen) return;
        seen = text;
        globalThis[name](text);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    },
    { name, testId, index },
  );
}

let follows = 0; // names on a page are not used twice
