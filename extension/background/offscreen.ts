// Makes sure that the one offscreen document exists and listens. The only user of chrome.offscreen.

import { ChordError, toErrorInfo } from "../errors";
import { OFFSCREEN_PING, type Ping } from "../protocol";
import { readSettings } from "../settings";

const URL = "offscreen/index.html";
// How long a document that exists but does not answer (still loading, or its renderer died) is given before it is replaced.
const READY_MS = 5000;

let ensuring: Promise<void> | null = null;
let readyWaiters: (() => void)[] = [];

/** However many ask at once, one document is made. */
export function ensureOffscreen(): Promise<void> {
  ensuring ??= ensure().finally(() => {
    ensuring = null;
  });
  return ensuring;
}

/** Tells the document, if there is one, what it has to know of the settings now, and to try a GPU again that has failed. */
export async function tellOffscreen(retryGpu = false): Promise<void> {
  if (await exists()) await answers(retryGpu);
}

/** The document has said that it listens. */
export function offscreenReady(): void {
  const waiters = readyWaiters;
  readyWaiters = [];
  for (const resolve of waiters) resolve();
}

async function ensure(): Promise<void> {
  if (await exists()) {
    if (await answers()) return;
    if ((await becomesReady()) && (await answers())) return;
    await chrome.offscreen.closeDocument().catch(() => {});
  }
  try {
    await chrome.offscreen.createDocument({
      url: URL,
      reasons: [chrome.offscreen.Reason.WORKERS],
      justification: "Runs the language model in a worker that outlives the popup and the service worker.",
    });
  } catch (error) {
    // A document made by this worker's previous life may have appeared between the look and the making.
    if (!(await exists())) throw new ChordError("engine_failed", toErrorInfo(error).message);
  }
  await answers(); // it knows the settings before anybody asks it for anything
}

/** There can be no more than one, whatever its address: a benchmark makes one that says how the engine is to run. */
async function exists(): Promise<boolean> {
  const contexts = await chrome.runtime.getContexts({
    contextTypes: [chrome.runtime.ContextType.OFFSCREEN_DOCUMENT],
  });
  return contexts.length > 0;
}

async function answers(retryGpu = false): Promise<boolean> {
  const { computeOn } = await readSettings();
  try {
    return (await chrome.runtime.sendMessage<Ping>({ type: OFFSCREEN_PING, computeOn, retryGpu })) === true;
  } catch {
    return false; // nobody listens
  }
}

function becomesReady(): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), READY_MS);
    readyWaiters.push(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
