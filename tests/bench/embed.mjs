// Sentences into vectors: our engine in the built extension beside ONNX Runtime, which transformers.js runs on, with the same
// weights, in one headless Chromium, in turns.
//
//   npm run -s bench:embed -- --onnx FOLDER --ort FOLDER [--rounds 7] [--json]
//
// --onnx: what minilm_onnx.py has written. --ort: where `npm install --prefix FOLDER onnxruntime-web@1.30.0` was run.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { launchChrome } from "../../scripts/lib/chrome.mjs";
import { UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { median } from "../../scripts/lib/stats.mjs";
import { requireBrowser } from "../../scripts/setup/chromium.mjs";

const HELP =
  "npm run bench:embed -- --onnx FOLDER --ort FOLDER [--rounds 7] [--json]   (tests/bench/embed.mjs says what they are)";
const TYPES = { ".mjs": "text/javascript", ".wasm": "application/wasm" };
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};
/** ONNX Runtime takes one thread by default where there are two cores. */
const PEERS = [
  { name: "ort f32, 2 threads", file: "minilm.onnx", threads: 2 },
  { name: "ort f32, 1 thread", file: "minilm.onnx", threads: 1 },
  { name: "ort q8, 2 threads", file: "minilm.q8.onnx", threads: 2 },
  { name: "ort q8, 1 thread", file: "minilm.q8.onnx", threads: 1 },
];

await main(import.meta.url, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    options: {
      onnx: { type: "string" },
      ort: { type: "string" },
      rounds: { type: "string", default: "7" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (!values.onnx || !values.ort) throw new UserError(HELP);
  const from = process.env.INIT_CWD ?? ".";
  const onnx = resolve(from, values.onnx);
  const ort = resolve(from, values.ort, "node_modules", "onnxruntime-web", "dist");
  for (const file of [join(onnx, "cases.json"), join(ort, "ort.wasm.min.mjs")])
    if (!existsSync(file)) throw new UserError(`${file} is not there. ${HELP}`);
  /** @type {{ text: string, ids: number[] }[]} */
  const cases = JSON.parse(readFileSync(join(onnx, "cases.json"), "utf8"));
  const site = await serve({ onnx, ort });
  const chrome = await launchChrome({ path: (await requireBrowser()).path, headless: true });
  try {
    const runners = [{ name: "chord", run: await ours(chrome, cases) }];
    for (const peer of PEERS) runners.push({ name: peer.name, run: await theirs(chrome, site.url, peer, cases) });
    for (const { run } of runners) await run(); // the browser's compiler is still at work
    /** @type {Map<string, number[]>} */
    const times = new Map(runners.map(({ name }) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const { name, run } of runners) times.get(name)?.push(await run());
    const tokens = cases.reduce((sum, { ids }) => sum + ids.length, 0);
    const base = times.get("chord") ?? [];
    const rows = [...times].map(([name, all]) => {
      const ms = median(all) ?? Number.NaN;
      return {
        engine: name,
        ms: Math.round(ms),
        sentences_s: Math.round((1000 * cases.length) / ms),
        tokens_s: Math.round((1000 * tokens) / ms),
        // How many times faster we are: the median of each round's own ratio.
        ratio: Number((median(all.map((time, round) => time / (base[round] ?? Number.NaN))) ?? Number.NaN).toFixed(2)),
      };
    });
    if (values.json) console.log(JSON.stringify({ sentences: cases.length, tokens, rows }));
    else console.table(rows);
  } finally {
    await chrome.close();
    site.close();
  }
});

/** The way a summary takes: through a port to the offscreen document, and tokenized there. */
async function ours(browser, cases) {
  const page = await browser.context.newPage();
  await page.goto(browser.url("popup/index.html"));
  const texts = cases.map(({ text }) => text);
  return () =>
    page.evaluate(async (texts) => {
      await chrome.runtime.sendMessage({ type: "engine.ensure" });
      const port = chrome.runtime.connect({ name: "chord.engine" });
      const began = performance.now();
      const ending = new Promise((resolve) => {
        port.onMessage.addListener(({ type }) => ["done", "error", "cancelled"].includes(type) && resolve(type));
      });
      port.postMessage({ id: "1", type: "embed", texts });
      if ((await ending) !== "done") throw new Error("our engine gave no vectors");
      port.disconnect();
      return performance.now() - began;
    }, texts);
}

/** In a worker of a page of its own; the texts are tokenized already. */
async function theirs(browser, url, { file, threads }, cases) {
  const page = await browser.context.newPage();
  await page.goto(url);
  await page.evaluate(
    async ({ url, file, threads }) => {
      const code = `
        import * as ort from "${url}ort/ort.wasm.min.mjs";
        ort.env.wasm.wasmPaths = "${url}ort/";
        ort.env.wasm.numThreads = ${threads};
        const options = { graphOptimizationLevel: "all", executionProviders: ["wasm"] };
        const session = await ort.InferenceSession.create("${url}onnx/${file}", options);
        onmessage = async ({ data }) => {
          const began = performance.now();
          for (const ids of data)
            await session.run({ ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]) });
          postMessage(performance.now() - began);
        };
        postMessage("ready");`;
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
      const answer = () =>
        new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        });
      await answer();
      Object.assign(globalThis, {
        embedAll(all) {
          worker.postMessage(all);
          return answer();
        },
      });
    },
    { url, file, threads },
  );
  const ids = cases.map(({ ids }) => ids);
  return () => page.evaluate((ids) => /** @type {any} */ (globalThis).embedAll(ids), ids);
}

/** @param {Record<string, string>} folders */
async function serve(folders) {
  const server = createServer((request, response) => {
    const [, folder = "", name = ""] = new URL(request.url ?? "/", "http://x").pathname.split("/");
    if (!folder) return response.writeHead(200, { ...ISOLATED, "Content-Type": "text/html" }).end("<!doctype html>");
    const path = join(folders[folder] ?? "", name);
    if (!folders[folder] || !existsSync(path)) return response.writeHead(404, ISOLATED).end();
    response.writeHead(200, { ...ISOLATED, "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
