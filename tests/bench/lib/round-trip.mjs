// How long the smallest message takes from a page of the extension to the engine's worker and back: the list of models, asked
// over a port that is open, as the popup's is.

const TIMES = 100;

/** @param {import("../../../scripts/lib/chrome.mjs").Chrome} chrome @returns {Promise<number[]>} milliseconds */
export async function roundTrips(chrome) {
  const page = await chrome.context.newPage();
  try {
    await page.goto(chrome.url("options/index.html"));
    return await page.evaluate(ask, TIMES);
  } finally {
    await page.close();
  }
}

/** Runs in the page. @param {number} times */
async function ask(times) {
  await chrome.runtime.sendMessage({ type: "engine.ensure" });
  const port = chrome.runtime.connect({ name: "chord.engine" });
  const once = () =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const hear = (event) => {
        if (event.type === "error") reject(new Error(event.error.message));
        if (event.type !== "done") return;
        port.onMessage.removeListener(hear);
        resolve(performance.now() - started);
      };
      port.onMessage.addListener(hear);
      port.onDisconnect.addListener(() => reject(new Error("the engine went away")));
      port.postMessage({ type: "models", id: crypto.randomUUID() });
    });
  try {
    const taken = [];
    await once(); // starts the engine, if need be
    for (let i = 0; i < times; i += 1) taken.push(await once());
    return taken;
  } finally {
    port.disconnect();
  }
}
