// The typed client that every surface uses: requests out, events back, and every request ends exactly once.

import { ChordError, type ErrorInfo, toErrorInfo } from "./errors";
import { newId } from "./new-id";
import {
  type Call,
  type ClientMessage,
  ENGINE_PORT,
  type Ending,
  type EngineEvent,
  type Progress,
  parseEvent,
  type Reply,
  type Request,
  type Results,
} from "./protocol";

/** The part of chrome.runtime.Port that is used, so that tests can bring their own. */
export interface PortLike {
  postMessage(message: unknown): void;
  disconnect(): void;
  onMessage: { addListener(listener: (message: unknown) => void): void };
  onDisconnect: { addListener(listener: () => void): void };
}

// `Omit` over a union would drop what differs between its members.
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
export type RequestBody = WithoutId<Request>;

export interface Running<T> {
  readonly id: string;
  /** Never rejects. */
  readonly ending: Promise<Ending<T>>;
  /** Asks the engine to stop; `ending` follows. */
  cancel(): void;
}

interface Pending {
  seq: number;
  onProgress: (progress: Progress) => void;
  end: (ending: Ending) => void;
}

export class EngineClient {
  readonly #open: () => Promise<PortLike>;
  readonly #pending = new Map<string, Pending>();
  #port: Promise<PortLike> | null = null;

  constructor(open: () => Promise<PortLike> = openPort) {
    this.#open = open;
  }

  request<B extends RequestBody>(
    body: B,
    onProgress: (progress: Progress) => void = () => {},
    id: string = newId(),
  ): Running<Results[B["type"]]> {
    const message = { ...body, id } as unknown as ClientMessage;
    let cancelled = false;
    let sent = false;
    const ending = new Promise<Ending>((resolve) => {
      const end = (how: Ending) => {
        if (this.#pending.delete(id)) resolve(how);
      };
      this.#pending.set(id, { seq: -1, onProgress, end });
      this.#connect().then(
        (port) => {
          if (cancelled) return end({ type: "cancelled" });
          if (!this.#pending.has(id)) return; // the port went away meanwhile
          sent = this.#send(port, message);
          return undefined;
        },
        (error: unknown) => end({ type: "error", error: toErrorInfo(error) }),
      );
    });
    const cancel = () => {
      if (cancelled || !this.#pending.has(id)) return;
      cancelled = true;
      if (sent)
        this.#connect().then(
          (port) => this.#send(port, { id, type: "cancel" }),
          () => {},
        );
    };
    // The result's type follows from the request's: the engine side answers each with its own.
    return { id, ending: ending as Promise<Ending<Results[B["type"]]>>, cancel };
  }

  /** Closes the port: whatever is still running is cancelled on the other side and ends here. */
  close(): void {
    const port = this.#port;
    this.#port = null;
    port?.then(
      (p) => p.disconnect(),
      () => {},
    );
    for (const pending of [...this.#pending.values()]) pending.end({ type: "cancelled" });
  }

  #connect(): Promise<PortLike> {
    if (!this.#port) {
      const port = this.#open().then((p) => {
        p.onMessage.addListener((message) => this.#receive(message));
        p.onDisconnect.addListener(() => this.#lost(port));
        return p;
      });
      port.catch(() => {
        if (this.#port === port) this.#port = null;
      });
      this.#port = port;
    }
    return this.#port;
  }

  /** False when the port turns out to be closed. */
  #send(port: PortLike, message: ClientMessage): boolean {
    try {
      port.postMessage(message);
      return true;
    } catch (error) {
      this.#endAll(extensionGone() ? gone() : { code: "engine_lost", message: toErrorInfo(error).message });
      this.#port = null;
      return false;
    }
  }

  #receive(message: unknown): void {
    const event = parseEvent(message);
    const pending = event && this.#pending.get(event.id);
    if (!event || !pending || event.seq <= pending.seq) return;
    pending.seq = event.seq;
    if (isEnding(event)) pending.end(event);
    else pending.onProgress(event);
  }

  #lost(port: Promise<PortLike>): void {
    // Reading lastError keeps Chrome from logging it as unchecked.
    if (globalThis.chrome?.runtime) void chrome.runtime.lastError;
    if (this.#port !== port) return;
    this.#port = null;
    this.#endAll(extensionGone() ? gone() : { code: "engine_lost", message: "" });
  }

  #endAll(error: ErrorInfo): void {
    for (const pending of [...this.#pending.values()]) pending.end({ type: "error", error });
  }
}

function isEnding(event: EngineEvent): event is EngineEvent & Ending {
  return event.type === "done" || event.type === "error" || event.type === "cancelled";
}

/** True in a content script whose extension was reloaded, updated or removed. */
function extensionGone(): boolean {
  return globalThis.chrome !== undefined && chrome.runtime?.id === undefined;
}

const gone = (): ErrorInfo => ({ code: "extension_reloaded", message: "" });

/** Asks the service worker for something. A worker that dies before it answers is asked once more; the call starts it again. */
export async function call<T = null>(message: Call): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    if (extensionGone()) throw new ChordError("extension_reloaded");
    let reply: Reply<T> | undefined;
    try {
      reply = await chrome.runtime.sendMessage<Call, Reply<T> | undefined>(message);
    } catch (error) {
      if (extensionGone()) throw new ChordError("extension_reloaded");
      if (attempt > 0) throw new ChordError("engine_lost", toErrorInfo(error).message);
      continue;
    }
    if (reply?.ok) return reply.value;
    if (reply) throw new ChordError(reply.error.code, reply.error.message);
    if (attempt > 0) throw new ChordError("engine_lost");
  }
}

async function openPort(): Promise<PortLike> {
  await call({ type: "engine.ensure" });
  if (extensionGone()) throw new ChordError("extension_reloaded");
  return chrome.runtime.connect({ name: ENGINE_PORT });
}
