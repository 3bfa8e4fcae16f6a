// How fast models get in and out of the browser: import, and the time from nothing to the first token, beside wllama 2.3.1
// on its own OPFS cache; and what the ways of reading stored bytes are worth by themselves.
//
//   npm run -s bench:storage -- --model FILE [--threads 2] [--rounds 3] [--json]
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { main } from "../../scripts/lib/main.mjs";
import { root } from "../../scripts/lib/paths.mjs";
import { median } from "../../scripts/lib/stats.mjs";
import { requireBrowser } from "../../scripts/setup/chromium.mjs";
import { options } from "./lib/args.mjs";
import { generate, newEngine, startBrowser } from "./lib/chord.mjs";
import { log } from "./lib/rounds.mjs";
import { serve } from "./lib/server.mjs";

const HELP = "npm run bench:storage -- --model FILE [--threads 2] [--rounds 3] [--json]";
const PROMPT = "the";

await main(import.meta.url, async (argv) => {
  const { model, threads, rounds, json, help } = options(argv, {}, HELP);
  if (help) return console.log(HELP);
  const chrome = await startBrowser((await requireBrowser()).path);
  const peers = await serve(join(root, "node_modules"), { [`/${basename(model)}`]: model });
  const megabytes = statSync(model).size / 1e6;
  /** @type {Record<string, number[]>} */
  const samples = {};
  const note = (name, value) => {
    samples[name] = [...(samples[name] ?? []), value];
    log(`  ${name} ${value.toPrecision(4)}`);
  };
  try {
    for (let round = 1; round <= rounds; round += 1) {
      log(`round ${round} of ${rounds}`);
      const { id, seconds } = await imported(chrome, model);
      note("chord import MB/s", megabytes / seconds);
      const ours = await firstToken(chrome, id, threads[0] ?? 1);
      note("chord load MB/s", (megabytes * 1000) / ours.load);
      note("chord first token ms", ours.total);
      const theirs = await wllama(chrome, peers.url, `${peers.url}${basename(model)}`, threads[0] ?? 1);
      if (theirs.fetched) note("wllama download MB/s", (megabytes * 1000) / theirs.fetched);
      note("wllama load MB/s", (megabytes * 1000) / theirs.load);
      note("wllama first token ms", theirs.total);
      for (const [way, rate] of Object.entries(await rawReads(chrome, peers.url))) note(`read ${way} MB/s`, rate);
    }
  } finally {
    await chrome.close();
    peers.close();
  }
  const medians = Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
  if (json) return console.log(JSON.stringify({ model: basename(model), medians, samples }));
  for (const [name, value] of Object.entries(medians)) console.log(`${name.padEnd(32)} ${value?.toPrecision(4)}`);
});

/** Stores the model anew, as the options page does it. */
async function imported(chrome, file) {
  const page = await chrome.context.newPage();
  await page.goto(chrome.url("options/index.html"));
  const row = page.getByTestId("model");
  await page.getByTestId("engine").waitFor();
  if ((await row.count()) > 0) {
    await row.getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await row.waitFor({ state: "detached" });
  }
  const started = performance.now();
  await page.getByTestId("file-input").setInputFiles(file);
  await row.waitFor({ timeout: 600_000 });
  const seconds = (performance.now() - started) / 1000;
  const id = await row.getAttribute("data-model-id");
  await page.close();
  return { id, seconds };
}

/** From no engine at all to the first token. */
async function firstToken(chrome, id, threads) {
  const page = await chrome.context.newPage();
  await page.goto(chrome.url("options/index.html"));
  const started = performance.now();
  await newEngine(chrome, { threads: String(threads) });
  const { model } = await generate(page, id, PROMPT, 1);
  const total = performance.now() - started;
  await page.close();
  return { total, load: model.loadMs };
}

/** The same of wllama; the first time it has to fetch the file. */
async function wllama(chrome, site, url, threads) {
  const page = await chrome.context.newPage();
  try {
    await page.goto(site);
    return await page.evaluate(
      async ({ url, threads, prompt }) => {
        // @ts-expect-error: the address is one of the page's
        const { Wllama } = await import("/wllama-2.3.1/esm/index.js");
        const at = (build) => `/wllama-2.3.1/esm/${build}/wllama.wasm`;
        const paths = {
          "single-thread/wllama.wasm": at("single-thread"),
          "multi-thread/wllama.wasm": at("multi-thread"),
        };
        const quiet = { debug() {}, log() {}, warn() {}, error: console.error };
        const make = () => new Wllama(paths, { suppressNativeLog: true, logger: quiet });
        const first = make();
        const known = (await first.cacheManager.list()).some(({ metadata }) => metadata?.originalURL === url);
        let fetched = 0;
        if (!known) {
          const started = performance.now();
          await first.modelManager.downloadModel(url);
          fetched = performance.now() - started;
        }
        const started = performance.now();
        const engine = make();
        await engine.loadModelFromUrl(url, { n_ctx: 4096, n_threads: threads });
        const load = performance.now() - started;
        await engine.createCompletion(prompt, { nPredict: 1, sampling: { temp: 0 } });
        const total = performance.now() - started;
        await engine.exit();
        return { fetched, load, total };
      },
      { url, threads, prompt: PROMPT },
    );
  } finally {
    await page.close();
  }
}

/** Bytes through each way of reading, in a worker, into one buffer as large as they are. MB/s. */
async function rawReads(chrome, site) {
  const page = await chrome.context.newPage();
  try {
    await page.goto(site);
    return await page.evaluate(async (source) => {
      const worker = new Worker(
        URL.createObjectURL(new Blob([`onmessage = async () => postMessage(await (${source})())`])),
      );
      worker.postMessage(0);
      return new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
      });
    }, String(readInWorker));
  } finally {
    await page.close();
  }
}

/** Runs in a worker. */
async function readInWorker() {
  const MIB = 1 << 20;
  const total = 256 * MIB;
  const target = new Uint8Array(total);
  const open = indexedDB.open("reads", 1);
  open.onupgradeneeded = () => open.result.createObjectStore("chunks");
  const database = await new Promise((resolve, reject) => {
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
  const whole = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const chunk = (size, index) => whole(database.transaction("chunks").objectStore("chunks").get([size, index]));

  const write = async (size) => {
    if (await chunk(size, 0)) return;
    const bytes = crypto.getRandomValues(new Uint8Array(65536));
    const data = new Uint8Array(size * MIB);
    for (let at = 0; at < data.length; at += bytes.length) data.set(bytes, at);
    for (let i = 0; i * size * MIB < total; i += 1) {
      const transaction = database.transaction("chunks", "readwrite");
      transaction.objectStore("chunks").put(new Blob([data]), [size, i]);
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
    }
  };
  /** `ahead` pieces of a chunk are on their way while one is copied. */
  const read = async (size, piece, ahead) => {
    const per = size / piece;
    const count = total / MIB / piece;
    const blobs = [];
    const reads = [];
    let next = 0;
    const begin = () => {
      if (next >= count) return;
      const k = next++;
      const at = Math.floor(k / per);
      blobs[at] ??= chunk(size, at);
      const from = (k % per) * piece * MIB;
      reads[k] = blobs[at].then((blob) => blob.slice(from, from + piece * MIB).arrayBuffer());
    };
    const started = performance.now();
    for (let i = 0; i < ahead; i += 1) begin();
    for (let k = 0; k < count; k += 1) {
      begin();
      target.set(new Uint8Array(await reads[k]), k * piece * MIB);
      reads[k] = null;
    }
    return total / 1000 / (performance.now() - started);
  };

  const result = {};
  for (const size of [4, 16, 64]) {
    await write(size);
    result[`IndexedDB chunks of ${size} MiB, pieces of 4, one ahead`] = await read(size, 4, 1);
  }
  result["IndexedDB chunks of 16 MiB, pieces of 4, three ahead"] = await read(16, 4, 3);
  result["IndexedDB chunks of 16 MiB, whole, one ahead"] = await read(16, 16, 1);

  const folder = await navigator.storage.getDirectory();
  const file = await folder.getFileHandle("reads", { create: true });
  // @ts-expect-error: a worker's own; the types are a page's
  const handle = await file.createSyncAccessHandle();
  if (handle.getSize() < total) handle.write(target, { at: 0 });
  const started = performance.now();
  for (let at = 0; at < total; at += 4 * MIB) handle.read(target.subarray(at, at + 4 * MIB), { at });
  result["OPFS sync handle, pieces of 4 MiB"] = total / 1000 / (performance.now() - started);
  handle.close();
  return result;
}
