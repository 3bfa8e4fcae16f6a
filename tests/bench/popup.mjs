// What showing an answer costs the popup's main thread, token by token, and whether that grows with the answer. The engine is
// the stand-in of the unit tests, which sends a word in each frame; all the rest is the extension as it is.
//
//   npm run -s bench:popup -- [--tokens 4000] [--json]
import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { launchChrome } from "../../scripts/lib/chrome.mjs";
import { UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { build, root } from "../../scripts/lib/paths.mjs";
import { limitAnswers, openPopup } from "../../scripts/lib/popup.mjs";
import { requireBrowser } from "../../scripts/setup/chromium.mjs";

const HELP = `npm run bench:popup -- [--tokens 4000] [--json]
Measures in headless Chromium what each token of an answer costs the popup: milliseconds of its main thread's own time.`;
const POLL_MS = 500;
/** The answer's first and last part that are compared. */
const PART = 0.125;

const TEXTS = {
  markdown: "Please be long.",
  "one paragraph": "Please be unbroken.",
};

await main(import.meta.url, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    options: {
      tokens: { type: "string", default: "4000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const tokens = Number(values.tokens);
  if (!Number.isInteger(tokens) || tokens < 100) throw new UserError(HELP);
  const extension = join(build, "mock");
  const args = ["extension/build.mjs", "--engine", "tests/extension/mock/engine.ts", "--out", extension];
  await promisify(execFile)(process.execPath, args, { cwd: root });
  const rows = [];
  for (const [text, question] of Object.entries(TEXTS)) {
    rows.push({ text, ...(await measure(extension, question, tokens)) });
    console.error(JSON.stringify(rows.at(-1)));
  }
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.table(rows);
});

/** @param {string} extension @param {string} question @param {number} tokens */
async function measure(extension, question, tokens) {
  const chrome = await launchChrome({ path: (await requireBrowser()).path, headless: true, extension });
  try {
    await store(chrome);
    const popup = await openPopup(chrome);
    await limitAnswers(popup, tokens);
    const cdp = await popup.context().newCDPSession(popup);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" }); // other processes' work is not counted
    await popup.getByRole("textbox", { name: "Message" }).fill(question);
    await popup.getByRole("button", { name: "Send" }).click();
    await popup.locator('[data-testid="answer"][data-state="streaming"]').waitFor();
    /** @type {{ tokens: number, ms: number }[]} */
    const seen = [];
    for (let over = false; !over; ) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const shown = (await popup.getByTestId("status").textContent()) ?? "";
      const { metrics } = await cdp.send("Performance.getMetrics");
      const ms = 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0);
      over = shown === "";
      if (!over) seen.push({ tokens: Number(shown.replace(/\D/g, "")), ms });
    }
    const at = (/** @type {number} */ share) =>
      seen.reduce((near, one) =>
        Math.abs(one.tokens - share * tokens) < Math.abs(near.tokens - share * tokens) ? one : near,
      );
    return { tokens, all: rate(at(0), at(1)), first: rate(at(0), at(PART)), last: rate(at(1 - PART), at(1)) };
  } finally {
    await chrome.close();
  }
}

/** Milliseconds a token. */
function rate(from, to) {
  return Math.round((1000 * (to.ms - from.ms)) / (to.tokens - from.tokens)) / 1000;
}

/** @param {import("../../scripts/lib/chrome.mjs").Chrome} chrome */
async function store(chrome) {
  const page = await chrome.context.newPage();
  await page.goto(chrome.url("options/index.html"));
  const file = { name: "mock.gguf", mimeType: "application/octet-stream", buffer: Buffer.from("GGUF") };
  await page.getByTestId("file-input").setInputFiles(file);
  await page.getByTestId("model").waitFor();
  await page.close();
}
