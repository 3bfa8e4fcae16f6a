// A small web site that uses the npm package, served on this machine alone.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

export interface Site {
  url: string;
  close(): void;
}

declare global {
  interface Window {
    /** Asks the page's worker for something and resolves with what it says. */
    ask<T>(message: object): Promise<T>;
  }
}

const PAGE = `<!doctype html>
<title>A page with an engine</title>
<script type="module">
  const worker = new Worker("/worker.js", { type: "module" });
  const waiting = new Map();
  worker.onmessage = ({ data: { id, result, error } }) => {
    const { resolve, reject } = waiting.get(id);
    if (error) reject(new Error(error));
    else resolve(result);
  };
  worker.onerror = (event) => console.error(event.message);
  window.ask = (message) =>
    new Promise((resolve, reject) => {
      const id = waiting.size;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, message });
    });
</script>`;

// One of the engine's other threads, with a lock that the browser takes back when the thread is no more.
const THREAD = `
import "/node_modules/wasm-chord/thread.js";
navigator.locks.request("threads", { mode: "shared" }, () => new Promise(() => {}));
`;

// Says that threads are lost when they are, as each would of itself after a trap. The engine's own worker cannot while it
// waits for them.
const MOURNER = `
import init, { loseSeat } from "/node_modules/wasm-chord/threads/wasm_chord_web.js";
self.onmessage = async ({ data: { module, memory, seats } }) => {
  await init({ module_or_path: module, memory, thread_stack_size: 1 << 20 });
  navigator.locks.request("threads", () => seats.forEach((seat) => loseSeat(seat)));
  await navigator.locks.query(); // answered after the request is in its queue
  self.postMessage("in line");
};
`;

// Keeps the engine's own workers and their seats, so that a test can end them as a browser might.
const WORKER = `
const crew = [];
const seats = [];
let engineModule;
const BrowserWorker = self.Worker;
self.Worker = class extends BrowserWorker {
  constructor(url, options) {
    super("/thread.js", options);
    crew.push(this);
  }
  postMessage(order) {
    if (order.module) engineModule = order;
    if (order.seat !== undefined) seats.push(order.seat);
    super.postMessage(order);
  }
};
const engine = import("/node_modules/wasm-chord/index.js").then(({ createEngine }) => createEngine);
let started;

const ask = {
  async start({ options, refuseMemory, refuseDevice }) {
    if (refuseDevice) {
      GPUAdapter.prototype.requestDevice = () => Promise.reject(new DOMException("no device", "OperationError"));
    }
    if (refuseMemory) {
      WebAssembly.Memory = class {
        constructor() {
          throw new RangeError("could not allocate memory");
        }
      };
    }
    started = await (await engine)(options);
    await started.ready;
    const { build, threads, reason, gpu, noGpu } = started;
    return { build, threads, reason, gpu, noGpu };
  },
  fetched({ part }) {
    const names = performance.getEntriesByType("resource").map(({ name }) => name);
    return [...new Set(names.filter((name) => name.includes(part)))];
  },
  async load() {
    const file = await (await fetch("/model.gguf")).blob();
    // As the package's README says: what was imported before is still there.
    const [stored] = await started.engine.models();
    const model = stored ?? (await started.engine.importModel(file, "model.gguf", () => {}));
    await started.engine.load(model.id, undefined, () => {});
  },
  close() {
    started.close();
  },
  async answer({ request = { messages: [{ role: "user", content: "Hello" }] } }) {
    let events = 0;
    const onEvent = ({ type }) => {
      if (type === "token") events += 1;
    };
    try {
      const crash = started.crashed.then((error) => Promise.reject(error));
      const { text } = await Promise.race([crash, started.engine.generate(request, onEvent)]);
      return { text, events, threads: started.engine.loaded().threads };
    } catch (error) {
      return { failure: error.constructor.name + ": " + error.message, events, threads: 0 };
    }
  },
  // Answers, one after the other, until the threads are no more (Chromium lets one that is busy go on for two seconds) or
  // an answer fails.
  async answerUntilDead({ request, reported }) {
    const { held } = await navigator.locks.query();
    if (held.length !== crew.length) throw new Error("Not all threads are there.");
    if (reported) await mourn(); // before this worker is in line for the lock, which it could not give back while it waits
    for (const worker of crew) worker.terminate();
    let dead = false;
    const death = navigator.locks.request("threads", () => (dead = true));
    let last;
    do last = await ask.answer({ request });
    while (last.failure === undefined && !dead);
    await death;
    return last;
  },
};

// Resolves when the mourner waits for the threads' end.
async function mourn() {
  const mourner = new BrowserWorker("/mourner.js", { type: "module" });
  mourner.postMessage({ ...engineModule, seats });
  await new Promise((resolve) => (mourner.onmessage = resolve));
}

self.onmessage = async ({ data: { id, message } }) => {
  try {
    self.postMessage({ id, result: await ask[message.type](message) });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
};
`;

const SCRIPTS: Record<string, string> = { "/worker.js": WORKER, "/thread.js": THREAD, "/mourner.js": MOURNER };

const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** Serves the page, `modules` as /node_modules and `model` as /model.gguf; `isolated` with the headers that isolate a page. */
export async function serveSite(site: { modules: string; model: string; isolated: boolean }): Promise<Site> {
  const isolation = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  };
  const read = (path: string): [string, string | Buffer] => {
    if (path === "/") return ["text/html; charset=utf-8", PAGE];
    const script = SCRIPTS[path];
    if (script) return ["text/javascript", script];
    if (path === "/model.gguf") return ["application/octet-stream", readFileSync(site.model)];
    const file = join(site.modules, normalize(path.replace(/^\/node_modules\//, "/")));
    return [TYPES[extname(file)] ?? "application/octet-stream", readFileSync(file)];
  };
  const server = createServer((request, response) => {
    try {
      const [type, body] = read(new URL(request.url ?? "/", "http://localhost").pathname);
      response.writeHead(200, { "content-type": type, ...(site.isolated && isolation) }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
