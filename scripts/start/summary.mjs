// `npm start` without a model: the demo page, summarized by the built-in one.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { clickInPopup, clickToolbarButton } from "../lib/chrome.mjs";
import { dim, heading, note, step, UserError } from "../lib/log.mjs";
import { screenshots } from "../lib/paths.mjs";
import { openSidePanel, said } from "../lib/side-panel.mjs";

const QUESTION = "When was the first one lit?";

/**
 * Opens the demo page with its summary beside it. Without a window, both go to the terminal and into pictures.
 * @param {import("../lib/chrome.mjs").Chrome} chrome
 * @param {{ demoUrl: string, headless: boolean }} settings
 */
export async function summaryTour(chrome, { demoUrl, headless }) {
  heading("The demo page, summarized by the built-in model");
  const [page = await chrome.context.newPage()] = chrome.context.pages();
  await page.goto(demoUrl);
  if (!headless) {
    await clickToolbarButton(chrome, page);
    await clickInPopup(chrome, "Summarize this page");
    return step("the summary is beside the demo page", "point at a ¶ number to see its place, press it to go there");
  }
  const started = Date.now();
  const panel = await openSidePanel(chrome, page);
  const summary = await said(panel);
  if (summary.error) throw new UserError(`The page could not be summarized: ${summary.error}`);
  print(summary.points);
  step(summary.method, `${((Date.now() - started) / 1000).toFixed(1)} s after the click; nothing was sent`);
  await panel.getByTestId("cite").first().click(); // so that the picture of the page shows what a citation does
  await page.bringToFront();
  await picture(page, "start-page.png");
  await panel.bringToFront();

  heading("A question about it");
  console.log(`${dim(">")} ${QUESTION}`);
  await panel.getByLabel("Ask about this page").fill(QUESTION);
  await panel.keyboard.press("Enter");
  const answer = await said(panel, "answer");
  if (answer.error) throw new UserError(`The question could not be answered: ${answer.error}`);
  print(answer.points);
  step(answer.method);
  await picture(panel, "start-summary.png");
}

function print(points) {
  for (const { text, places } of points) note(`- ${text} ${dim(places.join(" "))}`);
}

async function picture(page, name) {
  mkdirSync(screenshots, { recursive: true });
  const path = join(screenshots, name);
  await page.screenshot({ path });
  step("screenshot", path);
}
