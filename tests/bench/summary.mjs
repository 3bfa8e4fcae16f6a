// From the key to the first sentence: the whole way through the real side panel, for pages of several lengths.
//
//   npm run -s bench:summary -- [--words 3000,10000] [--rounds 3] [--json]
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clickToolbarButton, launchChrome, pageTarget } from "../../scripts/lib/chrome.mjs";
import { UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { fixtures } from "../../scripts/lib/paths.mjs";
import { tabOf } from "../../scripts/lib/side-panel.mjs";
import { median } from "../../scripts/lib/stats.mjs";
import { requireBrowser } from "../../scripts/setup/chromium.mjs";
import { words } from "./lib/prompts.mjs";

const HELP = `npm run bench:summary -- [--words 3000,10000,50000,200000] [--rounds 3] [--json]
Measures the built extension (npm run build) in headless Chromium: from the gesture that opens the side panel to the summary.`;

await main(import.meta.url, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    options: {
      words: { type: "string", default: "3000,10000,50000,200000" },
      rounds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const lengths = values.words.split(",").map(Number);
  const rounds = Number(values.rounds);
  if (![...lengths, rounds].every((n) => Number.isInteger(n) && n > 0)) throw new UserError(HELP);
  const rows = [];
  for (const count of lengths) {
    /** @type {{ cold: number[], warm: number[] }} */
    const times = { cold: [], warm: [] };
    for (let round = 0; round < rounds; round += 1) {
      const { cold, warm } = await measure(count);
      times.cold.push(cold);
      times.warm.push(warm);
    }
    rows.push({
      words: count,
      cold_ms: Math.round(median(times.cold) ?? 0),
      warm_ms: Math.round(median(times.warm) ?? 0),
    });
    console.error(JSON.stringify(rows.at(-1)));
  }
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.table(rows);
});

/** A browser of its own: the first summary in it starts everything, the second finds it there. */
async function measure(count) {
  const server = createServer((request, response) => {
    const html = page(count, String(request.url));
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await launchChrome({ path: (await requireBrowser()).path, headless: true });
  try {
    // A page of ours, from which the panel is opened as a gesture would.
    const ours = await browser.context.newPage();
    await ours.goto(browser.url("options/index.html"));
    await ours.evaluate(() => chrome.offscreen.closeDocument().catch(() => {}));
    const cold = await once(browser, ours, `http://127.0.0.1:${port}/first`);
    const warm = await once(browser, ours, `http://127.0.0.1:${port}/second`);
    return { cold, warm };
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

async function once(browser, ours, url) {
  const tab = await browser.context.newPage();
  await tab.goto(url);
  await clickToolbarButton(browser, tab); // grants access to the page
  await tab.bringToFront();
  const id = await tabOf(browser, tab);
  const gesture = await browser.context.newCDPSession(ours);
  const open = `chrome.sidePanel.setOptions({ tabId: ${id}, path: "sidepanel/index.html?tab=${id}", enabled: true });
    const began = Date.now();
    chrome.sidePanel.open({ tabId: ${id} });
    began`;
  const { result } = await gesture.send("Runtime.evaluate", { expression: open, userGesture: true, replMode: true });
  const ended = await whenDone(browser.cdp, `tab=${id}`);
  await tab.close();
  return ended - result.value;
}

/** When the panel shows its summary, by the machine's clock. */
async function whenDone(cdp, path) {
  const { targetId } = await pageTarget(cdp, path);
  const { sessionId } = await cdp.send("Target.attachToTarget", { targetId, flatten: false });
  const expression = `new Promise((resolve) => {
    const look = () => {
      if (!document.querySelector('[data-testid="summary"][data-state="done"] [data-testid="point"]')) return;
      observer.disconnect();
      resolve(Date.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  })`;
  const answer = new Promise((resolve) => {
    cdp.on("Target.receivedMessageFromTarget", (event) => {
      if (event.sessionId === sessionId) resolve(JSON.parse(event.message).result.result.value);
    });
  });
  const params = { expression, awaitPromise: true };
  await cdp.send("Target.sendMessageToTarget", {
    sessionId,
    message: JSON.stringify({ id: 1, method: "Runtime.evaluate", params }),
  });
  return answer;
}

/** Encyclopedia articles where they are there, else frequent words. */
function page(count, salt) {
  const file = join(fixtures, "text", "wikitext-2", "wiki.test.raw");
  const lines = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line.length > 200)
    : Array.from({ length: 400 }, () => `${words(20)}.`.repeat(5));
  const paragraphs = [];
  for (let i = 0, left = count; left > 0; i += 1) {
    const text = (lines[i % lines.length] ?? "").replace(/ @(.)@ /g, "$1").replace(/ ([.,;:!?)])/g, "$1");
    paragraphs.push(`<p>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`);
    left -= text.split(" ").length;
  }
  const title = `A page of ${count} words ${salt}`;
  return `<!doctype html><html lang="en"><title>${title}</title><link rel="icon" href="data:,"><main><article><h1>${title}</h1>${paragraphs.join("\n")}</article></main></html>`;
}
