// The offscreen document: owns the queues and the engine workers, and talks to every surface over its own port. It outlives
// the popup and the service worker.

import { readCatalogue } from "../catalogue";
import { DOWNLOADS_CHANNEL, ENGINE_PORT, MODELS_CHANNEL, OFFSCREEN_READY, parsePing, type Results } from "../protocol";
import { withRecommended } from "../recommended";
import { surfaceOf } from "../senders";
import { workerName } from "../worker/options";
import { EngineHost, type WorkerLike } from "./engine-host";
import { KeptAnswers } from "./kept";
import { AtOnce, Lanes } from "./lanes";
import { servePort } from "./ports";
import { JobQueue } from "./queue";
import { StoreHost, type StoreWorkerLike } from "./store-host";

const own = { extensionId: chrome.runtime.id, origin: location.origin };
const changes = new BroadcastChannel(MODELS_CHANNEL);

/** A list that cannot be read costs the recommendations, nothing else. */
const catalogue = readCatalogue(chrome.runtime.getURL("models.json")).catch(() => []);
const recommended = async (state: Results["models"]): Promise<Results["models"]> => ({
  ...state,
  models: withRecommended(state.models, await catalogue),
});

// The query is empty but in tests and where the engine is measured: no page can open this document, and the extension asks for
// nothing.
const host = new EngineHost(
  (on) => startWorker(workerName("chord-engine", on, location.search)),
  (state) => void recommended(state).then((known) => changes.postMessage(known)),
);
// Gone when nobody has read a page for a while: its weights take 25 MB, and starting anew takes half a second. It stays off the
// GPU, which the large model is to have for itself.
const embedderHost = new EngineHost((on) => startWorker(workerName("chord-embedder", on)), undefined, {
  idleMs: 300_000,
  computeOn: "cpu",
});

const downloadChanges = new BroadcastChannel(DOWNLOADS_CHANNEL);
const store = new StoreHost(
  () =>
    new Worker(new URL("../store/main.ts", import.meta.url), {
      type: "module",
      name: "chord-store",
    }) as StoreWorkerLike,
  {
    onDownloads: (downloads) => downloadChanges.postMessage(downloads),
    onStored: () => host.refresh(),
  },
);
const queue = new Lanes({
  engine: new JobQueue(host),
  embedder: new JobQueue(embedderHost),
  store: new JobQueue(store.runner()),
  steering: new AtOnce(store),
});
const kept = new KeptAnswers(queue);

function startWorker(name: string): WorkerLike {
  return new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module", name }) as WorkerLike;
}

chrome.runtime.onConnect.addListener((port) => {
  if (port.name === ENGINE_PORT) servePort(port, queue, kept, () => host.models().then(recommended), own);
});

chrome.runtime.onMessage.addListener((message: unknown, sender, reply: (value: true) => void) => {
  const ping = sender.id === own.extensionId ? parsePing(message) : null;
  // The service worker is neither page nor content script; it has our id and no tab.
  if (!ping || surfaceOf(sender, own.extensionId, own.origin) === "content") return false;
  host.setComputeOn(ping.computeOn);
  if (ping.retryGpu) host.retryGpu();
  reply(true);
  return false;
});

// Nobody may be waiting for it; then there is no one to tell.
chrome.runtime.sendMessage({ type: OFFSCREEN_READY }).catch(() => {});
