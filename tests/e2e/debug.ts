// Code run inside parts that Playwright does not show: the offscreen document and the engine's worker in it.
import type { CDPSession } from "@playwright/test";
import { pageTarget } from "../../scripts/lib/chrome.mjs";

interface Target {
  targetId: string;
  type: string;
  title: string;
  url: string;
}

interface Message {
  id?: number;
  method?: string;
  params?: { sessionId: string; message: string; targetInfo: Target };
  result?: unknown;
}

export async function targets(cdp: CDPSession): Promise<Target[]> {
  const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{}] });
  return targetInfos;
}

/** The session of a worker of the offscreen document, by its name. */
async function workerCalled(cdp: CDPSession, name: string): Promise<Session> {
  const offscreen = (await targets(cdp)).find(
    ({ type, url }) => type === "background_page" && url.includes("/offscreen/"),
  );
  if (!offscreen) throw new Error("there is no offscreen document");
  // Behind its name stands how it is to run.
  return (await attach(cdp, offscreen)).child((target) => target.title.split("?")[0] === name);
}

const engineWorker = (cdp: CDPSession) => workerCalled(cdp, "chord-engine");

/** Has the store's worker find the disk full, or not full any more. */
export async function fillDisk(cdp: CDPSession, full: boolean): Promise<void> {
  const expression = full
    ? `self.put = IDBObjectStore.prototype.put;
       IDBObjectStore.prototype.put = () => { throw new DOMException("the disk is full", "QuotaExceededError") }`
    : "IDBObjectStore.prototype.put = self.put";
  await (await workerCalled(cdp, "chord-store")).send("Runtime.evaluate", { expression });
}

/** Runs an expression in the engine's worker, and resolves when it has run. */
export async function evaluateInEngine(cdp: CDPSession, expression: string): Promise<void> {
  await (await engineWorker(cdp)).send("Runtime.evaluate", { expression });
}

/** Loses the GPU that the engine runs on, as a driver does that starts anew. */
export function loseGpu(cdp: CDPSession): Promise<void> {
  return withGpu(cdp, "function () { for (const device of this) device.destroy(); }");
}

/** Has the GPU that the engine runs on find its memory full when it is asked for this many bytes at once. */
export function fillGpu(cdp: CDPSession, bytes: number): Promise<void> {
  return withGpu(
    cdp,
    `function () {
      const { createBuffer, popErrorScope } = GPUDevice.prototype;
      let refused = null;
      GPUDevice.prototype.createBuffer = function (descriptor) {
        if (descriptor.size >= ${bytes}) refused = new GPUOutOfMemoryError("no memory");
        return createBuffer.call(this, descriptor);
      };
      // The engine asks after each buffer.
      GPUDevice.prototype.popErrorScope = function () {
        const said = popErrorScope.call(this);
        const error = refused;
        refused = null;
        return error ? said.then(() => error) : said;
      };
    }`,
  );
}

/** Calls a function with the devices that the engine's worker has; `this` is the list of them. */
async function withGpu(cdp: CDPSession, functionDeclaration: string): Promise<void> {
  const engine = await engineWorker(cdp);
  const found = async (method: string, params: object) => (await engine.send(method, params)) as Found;
  const { result } = await found("Runtime.evaluate", { expression: "GPUDevice.prototype" });
  const { objects } = await found("Runtime.queryObjects", { prototypeObjectId: result?.objectId });
  if (!objects) throw new Error("the engine has no GPU");
  await engine.send("Runtime.callFunctionOn", { objectId: objects.objectId, functionDeclaration });
}

interface Found {
  result?: { objectId: string };
  objects?: { objectId: string };
}

/** Ends what one of the engine's other threads does, whatever that is; it hears nothing of it. */
export async function endThread(cdp: CDPSession): Promise<void> {
  const thread = await (await engineWorker(cdp)).child((target) => target.title === "chord-thread");
  await thread.send("Runtime.terminateExecution", {});
}

/**
 * Makes the engine's thread as slow as a large model would, so that an answer lasts: each token waits about ten
 * milliseconds, in which the thread sleeps and leaves its core to others. The worker has to be there; it is, once a model
 * was stored.
 */
export function slowEngineDown(cdp: CDPSession): Promise<void> {
  return evaluateInEngine(
    cdp,
    "{ const cell = new Int32Array(new SharedArrayBuffer(4)); setInterval(() => Atomics.wait(cell, 0, 0, 10)); }",
  );
}

// Playwright's connection delivers the messages of its own sessions only. These travel inside messages of an outer one: the
// browser's for the document, the document's for the worker.
class Session {
  readonly #post: (message: string) => Promise<unknown>;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #inner = new Map<string, Session>();
  #ended = false;
  readonly #attached: { matches: (target: Target) => boolean; resolve: (session: Session) => void }[] = [];

  constructor(post: (message: string) => Promise<unknown>) {
    this.#post = post;
  }

  async send(method: string, params: object): Promise<unknown> {
    if (this.#ended) throw new Error(`${method}: the worker that was to answer is no more`);
    const id = this.#answers.size + 1;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    await this.#post(JSON.stringify({ id, method, params }));
    return answer;
  }

  /** The session of a worker that this document has started or will start. */
  async child(matches: (target: Target) => boolean): Promise<Session> {
    const found = new Promise<Session>((resolve) => this.#attached.push({ matches, resolve }));
    await this.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    return found;
  }

  /** Whoever waits for an answer has it: what was asked for may have been the end of what was to answer. */
  end(): void {
    this.#ended = true;
    for (const answered of this.#answers.values()) answered(undefined);
  }

  receive(text: string): void {
    const { id, method, params, result }: Message = JSON.parse(text);
    if (id !== undefined) this.#answers.get(id)?.(result);
    if (method === "Target.receivedMessageFromTarget" && params)
      this.#inner.get(params.sessionId)?.receive(params.message);
    if (method === "Target.detachedFromTarget" && params) this.#inner.get(params.sessionId)?.end();
    if (method === "Target.attachedToTarget" && params) {
      const { sessionId, targetInfo } = params;
      const child = new Session((message) => this.send("Target.sendMessageToTarget", { sessionId, message }));
      this.#inner.set(sessionId, child);
      for (const { matches, resolve } of this.#attached) if (matches(targetInfo)) resolve(child);
    }
  }
}

async function attach(cdp: CDPSession, target: Target): Promise<Session> {
  const { sessionId } = await cdp.send("Target.attachToTarget", { targetId: target.targetId, flatten: false });
  const session = new Session((message) => cdp.send("Target.sendMessageToTarget", { sessionId, message }));
  cdp.on("Target.receivedMessageFromTarget", (event) => {
    if (event.sessionId === sessionId) session.receive(event.message);
  });
  return session;
}

/** The text of Chrome's real side panel, once it has an element that matches. */
export const textInSidePanel = (cdp: CDPSession, selector: string) => textIn(cdp, "/sidepanel/", selector);

/** The text of the page of the extension at `path`, which is no tab, once it has an element that matches. */
export async function textIn(cdp: CDPSession, path: string, selector: string): Promise<string> {
  const panel = await attach(cdp, await pageTarget(cdp, path));
  await evaluateWhen(panel, `document.querySelector(${JSON.stringify(selector)}) !== null`);
  const { result } = (await panel.send("Runtime.evaluate", { expression: "document.body.innerText" })) as {
    result: { value: string };
  };
  return result.value;
}

async function evaluateWhen(session: Session, condition: string): Promise<void> {
  const expression = `new Promise((resolve) => {
    const look = () => { if (${condition}) { observer.disconnect(); resolve(); } };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  })`;
  await session.send("Runtime.evaluate", { expression, awaitPromise: true });
}
