// Our engine, as a person has it: in the worker of the built extension's offscreen document, asked over its port.
import { basename } from "node:path";
import { launchChrome, serviceWorker } from "../../../scripts/lib/chrome.mjs";
import { forgetAll, greatestMb } from "./memory.mjs";
import { perToken } from "./profile.mjs";
import { calibrate, text } from "./prompts.mjs";
import { log } from "./rounds.mjs";

/** @typedef {import("../../../scripts/lib/chrome.mjs").Chrome} Chrome */

/** Starts the browser that everything runs in. @param {string} path @param {string[]} [flags] */
export function startBrowser(path, flags = []) {
  // Sizes of figures are compared, so nothing may happen in between that a person's browser would not do either.
  return launchChrome({
    path,
    headless: true,
    args: ["--disable-background-networking", "--disable-component-update", ...flags],
  });
}

/**
 * Stores the model, as the options page does it; its id.
 * @param {Chrome} chrome
 * @param {string} file
 */
export async function store(chrome, file) {
  const page = await chrome.context.newPage();
  await page.goto(chrome.url("options/index.html"));
  const started = performance.now();
  await page.getByTestId("file-input").setInputFiles(file);
  const failure = page.getByRole("alert").first();
  const stored = page.getByTestId("model").first();
  await stored.or(failure).waitFor({ timeout: 600_000 });
  if (!(await stored.isVisible())) throw new Error(`the model cannot be stored: ${await failure.innerText()}`);
  log(`${basename(file)} is stored in the extension (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  const { models } = await page.evaluate(ask, { type: "models" }).then(({ result }) => result);
  const [{ id }] = models;
  await calibrate(async (prompt) => (await generate(page, id, prompt, 1)).result.promptTokens);
  await page.close();
  return id;
}

/** @param {import("playwright-core").Page} page @param {string} modelId @param {string} prompt @param {number} maxTokens */
export function generate(page, modelId, prompt, maxTokens) {
  const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, maxTokens };
  return page.evaluate(ask, { type: "generate", modelId, input: { kind: "text", prompt }, sampling: greedy });
}

/**
 * @param {Chrome} chrome
 * @param {string} modelId
 * @param {string} build  "simd", "threads", "gpu" or "auto"
 * @returns {import("./rounds.mjs").Contestant}
 */
export function chord(chrome, modelId, build = "auto") {
  return {
    engine: "chord",
    async measure(threads) {
      await newEngine(chrome, { build, threads: String(threads) });
      const page = await chrome.context.newPage();
      await page.goto(chrome.url("options/index.html"));
      await forgetAll(chrome);
      try {
        const answer = (prompt, tokens) => generate(page, modelId, text(prompt), tokens);
        const cold = await answer(128, 1);
        if (build !== "auto" && cold.model.build !== build)
          throw new Error(`the build ${build} does not run here: the browser has ${await page.evaluate(gpuName)}`);
        const [short, long] = [await answer(128, 1), await answer(512, 1)];
        const [decode, deep] = [await answer(1, 65), await answer(1024, 65)];
        // By now: threads start beside the first answer, and a small model is loaded before they are there.
        if (deep.model.threads !== threads) log(`  asked for ${threads} threads, it has ${deep.model.threads}`);
        return {
          build: cold.model.build,
          load_ms: cold.model.loadMs,
          first_token_ms: cold.result.firstTokenMs,
          prefill128: short.result.prefillTokensPerSecond,
          prefill512: long.result.prefillTokensPerSecond,
          decode64: decode.result.decodeTokensPerSecond,
          decode64_ctx1024: deep.result.decodeTokensPerSecond,
          peak_mb: await greatestMb(chrome),
        };
      } finally {
        await page.close();
        await endEngine(chrome);
      }
    },
  };
}

/** What the browser says of its GPU; runs in a page. */
async function gpuName() {
  const { info } = (await navigator.gpu?.requestAdapter()) ?? {};
  return info ? [info.vendor, info.architecture].filter(Boolean).join(" ") || "a GPU without a name" : "no GPU";
}

/**
 * Where the time of reading 128 tokens and of writing 64 goes. To time each op costs a little: its speeds are no figures.
 * @param {Chrome} chrome
 * @param {string} modelId
 * @param {number} threads
 * @param {string} build
 */
export async function profile(chrome, modelId, threads, build = "auto") {
  await newEngine(chrome, { build, threads: String(threads), profile: "1" });
  const page = await chrome.context.newPage();
  await page.goto(chrome.url("options/index.html"));
  try {
    await generate(page, modelId, text(1), 2);
    const { result } = await generate(page, modelId, text(128), 65);
    const decoded = result.generatedTokens - 1;
    const ofRate = (tokens, rate) => (tokens / rate) * 1000;
    return [
      perToken(
        "prefill",
        threads,
        result.profile.prefill,
        result.promptTokens,
        ofRate(result.promptTokens, result.prefillTokensPerSecond),
      ),
      perToken("decode", threads, result.profile.decode, decoded, ofRate(decoded, result.decodeTokensPerSecond)),
    ];
  } finally {
    await page.close();
    await endEngine(chrome);
  }
}

/** Ends the engine there is, with all it holds. @param {Chrome} browser */
async function endEngine(browser) {
  const worker = await serviceWorker(browser);
  await worker.evaluate(() => chrome.offscreen.closeDocument().catch(() => {}));
}

/** A fresh engine that runs as `settings` say. @param {Chrome} browser @param {Record<string, string>} settings */
export async function newEngine(browser, settings) {
  await endEngine(browser);
  const worker = await serviceWorker(browser);
  await worker.evaluate(
    async (query) => {
      await chrome.offscreen.createDocument({
        url: `offscreen/index.html?${query}`,
        reasons: [chrome.offscreen.Reason.WORKERS],
        justification: "Runs the engine that is measured.",
      });
    },
    String(new URLSearchParams(settings)),
  );
}

/** Runs in an extension page: asks the engine for one thing, and resolves with what it said on the way and at the end. */
async function ask(request) {
  await chrome.runtime.sendMessage({ type: "engine.ensure" });
  const port = chrome.runtime.connect({ name: "chord.engine" });
  try {
    return await new Promise((resolve, reject) => {
      let model;
      port.onDisconnect.addListener(() => reject(new Error("the engine went away")));
      port.onMessage.addListener((event) => {
        if (event.type === "model") model = event.model;
        if (event.type === "done") resolve({ model, result: event.result });
        if (event.type === "error") reject(new Error(`${event.error.code}: ${event.error.message}`));
        if (event.type === "cancelled") reject(new Error("cancelled"));
      });
      port.postMessage({ ...request, id: crypto.randomUUID() });
    });
  } finally {
    port.disconnect();
  }
}
