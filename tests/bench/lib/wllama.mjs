// wllama, two of its versions: llama.cpp compiled to wasm, in a page of the same browser. 2.3.1 is the faster one; the
// latest is what a person would install today.
import { forgetAll, greatestMb } from "./memory.mjs";
import { text } from "./prompts.mjs";

/** Positions to make room for: the longest test, and some. */
const CONTEXT = 2048;

/**
 * @param {import("../../../scripts/lib/chrome.mjs").Chrome} chrome
 * @param {string} site  where `serve` serves node_modules
 * @param {string} file  the model
 * @param {"wllama-2.3.1" | "wllama-latest"} engine
 * @returns {import("./rounds.mjs").Contestant}
 */
export function wllama(chrome, site, file, engine) {
  return {
    engine,
    async measure(threads) {
      const page = await chrome.context.newPage();
      try {
        await page.goto(site);
        await page.locator("input").setInputFiles(file);
        await forgetAll(chrome);
        const run = engine === "wllama-latest" ? latest : old;
        const prompts = { cold: text(128), short: text(128), long: text(512), one: text(1), deep: text(1024) };
        const sample = await page.evaluate(run, { context: CONTEXT, threads, prompts });
        return { ...sample, peak_mb: await greatestMb(chrome) };
      } finally {
        await page.close();
      }
    },
  };
}

/** Runs in the page. @param {{ context: number, threads: number, prompts: Record<string, string> }} settings */
async function old({ context, threads, prompts }) {
  // @ts-expect-error: the address is one of the page's
  const { Wllama } = await import("/wllama-2.3.1/esm/index.js");
  const at = (build) => `/wllama-2.3.1/esm/${build}/wllama.wasm`;
  const paths = { "single-thread/wllama.wasm": at("single-thread"), "multi-thread/wllama.wasm": at("multi-thread") };
  const quiet = { debug() {}, log() {}, warn() {}, error: console.error };
  const engine = new Wllama(paths, { suppressNativeLog: true, logger: quiet });
  const started = performance.now();
  await engine.loadModel([...(document.querySelector("input")?.files ?? [])], { n_ctx: context, n_threads: threads });
  const load_ms = performance.now() - started;

  const generate = async (prompt, nPredict) => {
    const tokens = (await engine.tokenize(prompt)).length + (engine.mustAddBosToken() ? 1 : 0);
    const begin = performance.now();
    const times = [];
    const onNewToken = () => void times.push(performance.now() - begin);
    await engine.createCompletion(prompt, { nPredict, sampling: { temp: 0 }, useCache: false, onNewToken });
    const decode = times.length > 1 ? ((times.length - 1) * 1000) / (times.at(-1) - times[0]) : null;
    return { first: times[0], prefill: (tokens * 1000) / times[0], decode };
  };
  const cold = await generate(prompts.cold, 1);
  const sample = {
    build: engine.isMultithread() ? "multi-thread" : "single-thread",
    load_ms,
    first_token_ms: cold.first,
    prefill128: (await generate(prompts.short, 1)).prefill,
    prefill512: (await generate(prompts.long, 1)).prefill,
    decode64: (await generate(prompts.one, 65)).decode,
    decode64_ctx1024: (await generate(prompts.deep, 65)).decode,
  };
  await engine.exit();
  return sample;
}

/** Runs in the page. @param {{ context: number, threads: number, prompts: Record<string, string> }} settings */
async function latest({ context, threads, prompts }) {
  // @ts-expect-error: the address is one of the page's
  const { Wllama } = await import("/wllama-latest/esm/index.js");
  const quiet = { debug() {}, log() {}, warn() {}, error: console.error };
  const engine = new Wllama(
    { default: "/wllama-latest/esm/wasm/wllama.wasm" },
    { suppressNativeLog: true, logger: quiet },
  );
  const started = performance.now();
  const files = [...(document.querySelector("input")?.files ?? [])];
  await engine.loadModel(files, { n_ctx: context, n_threads: threads, n_gpu_layers: 0, n_parallel: 1 });
  const load_ms = performance.now() - started;

  const generate = async (prompt, max_tokens) => {
    const begin = performance.now();
    const times = [];
    let counts;
    const onData = (chunk) => {
      // A token whose bytes are no whole character yet has no text; the last chunk is no token.
      if (chunk.choices?.[0] && !chunk.choices[0].finish_reason) times.push(performance.now() - begin);
      counts = chunk.timings ?? counts;
    };
    await engine.createCompletion({ prompt, max_tokens, temperature: 0, cache_prompt: false, stream: true, onData });
    const decode = times.length > 1 ? ((counts.predicted_n - 1) * 1000) / (times.at(-1) - times[0]) : null;
    return { first: times[0], prefill: (counts.prompt_n * 1000) / times[0], decode };
  };
  const cold = await generate(prompts.cold, 1);
  const sample = {
    build: `${engine.isMultithread() ? "multi-thread" : "single-thread"} ${Wllama.getLibllamaVersion()}`,
    load_ms,
    first_token_ms: cold.first,
    prefill128: (await generate(prompts.short, 1)).prefill,
    prefill512: (await generate(prompts.long, 1)).prefill,
    decode64: (await generate(prompts.one, 65)).decode,
    decode64_ctx1024: (await generate(prompts.deep, 65)).decode,
  };
  await engine.exit();
  return sample;
}
