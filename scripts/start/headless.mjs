// `npm start` without a display: the same extension, worked by script, with the answers in the terminal.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chooseFromContextMenu, clickToolbarButton, selectText } from "../lib/chrome.mjs";
import { dim, heading, step, UserError } from "../lib/log.mjs";
import { Panel } from "../lib/panel.mjs";
import { screenshots } from "../lib/paths.mjs";
import { ask, limitAnswers, openPopup } from "../lib/popup.mjs";

const ANSWER_TOKENS = 160;

/**
 * @param {import("../lib/chrome.mjs").Chrome} chrome
 * @param {{ prompt: string, demoUrl: string }} settings
 */
export async function headlessTour(chrome, { prompt, demoUrl }) {
  mkdirSync(screenshots, { recursive: true });
  await chat(chrome, prompt);
  await summarizeOnPage(chrome, demoUrl);
}

async function chat(chrome, prompt) {
  heading("A question in the popup");
  const page = await openPopup(chrome);
  await limitAnswers(page, ANSWER_TOKENS);
  console.log(`${dim(">")} ${prompt}`);
  const { stats, error } = await ask(page, prompt, (piece) => process.stdout.write(piece));
  process.stdout.write("\n");
  if (error) throw new UserError(`The popup could not answer: ${error}`);
  step("answered", stats);
  await screenshot(page, "start-popup.png");
  await page.close();
}

async function summarizeOnPage(chrome, demoUrl) {
  heading("Summarize, on the demo page");
  const page = await chrome.context.newPage();
  await page.goto(demoUrl);
  await selectText(page, "#lens");
  await clickToolbarButton(chrome, page);
  await page.bringToFront();
  await chooseFromContextMenu(chrome, page, "summarize");
  const panel = await Panel.on(page);
  await panel.opened();
  let written = 0;
  const { error } = await panel.answer((text) => {
    process.stdout.write(text.slice(written));
    written = text.length;
  });
  process.stdout.write("\n");
  if (error) throw new UserError(`The panel could not answer: ${error.trim()}`);
  step("answered in the page");
  await screenshot(page, "start-page.png");
  await page.close();
}

async function screenshot(page, name) {
  const path = join(screenshots, name);
  await page.screenshot({ path });
  step("screenshot", path);
}
