// One file from a hub, however often the way to it breaks: each attempt asks the hub for what is still missing.

import { ChordError } from "../errors";
import { Fault, toFault } from "./fault";
import { type Accepted, judge } from "./response";

/** Where the bytes go: the engine's Download, of which one file at a time comes in. */
export interface Target {
  /** Bytes of the current file that are there. */
  received(): number;
  etag(): string | undefined;
  setEtag(etag: string | undefined): void;
  write(bytes: Uint8Array): Promise<void>;
  flush(): Promise<void>;
}

export interface Surroundings {
  fetch: typeof fetch;
  now: () => number;
  /** 0 to 1. */
  random: () => number;
  /** Resolves after `ms`, earlier when the way to the network opens; rejects when `signal` fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Watcher {
  /** Bytes of the file that are there. `again`: bytes that had to be read once more since the server began anew. */
  onProgress: (received: number, again: number) => void;
  onWait: (why: Fault, until: number) => void;
}

// A connection that says nothing for this long is given up.
const STALL_MS = 30_000;
// The next attempt waits 1 s, then twice as long each time, up to this.
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
// Attempts without a new byte before it is left to the person: about three minutes.
const MAX_FAILURES = 8;
/** A server that asks for more patience than this is asked again when the person says so. */
const MOST_PATIENCE_MS = 5 * 60_000;

/** Waits for a step of a connection, and gives the connection up when it says nothing for long. */
export function patiently<T>(step: Promise<T>, stalled: AbortController): Promise<T> {
  const timer = setTimeout(() => stalled.abort(), STALL_MS);
  return step.finally(() => clearTimeout(timer));
}

/** Resolves when all `size` bytes are there. What has come is on disk whenever this ends. @throws {Fault} */
export async function fetchFile(
  file: { url: string; size: number },
  target: Target,
  world: Surroundings,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  try {
    while (target.received() < file.size) {
      const before = target.received();
      try {
        await attempt(file, target, world, watcher, signal);
        if (signal.aborted) throw new ChordError("cancelled");
        if (target.received() === before) throw new Fault("network", "", "retry"); // it ended before it had begun
      } catch (error) {
        if (signal.aborted) throw new ChordError("cancelled");
        const fault = toFault(error);
        if (fault.action !== "retry") throw fault;
        failures = target.received() > before ? 1 : failures + 1;
        const wait = fault.after ?? backoff(failures, world.random());
        if (failures > MAX_FAILURES || wait > MOST_PATIENCE_MS)
          throw new Fault(fault.code, fault.message, "stop", wait);
        await target.flush(); // whoever waits may be ended meanwhile
        watcher.onWait(fault, world.now() + wait);
        await world.sleep(wait, signal);
      }
    }
  } finally {
    // A disk that is full is the error that is told already.
    await target.flush().catch(() => {});
  }
}

/** With jitter, so that many who lost the same server do not come back at once. */
export function backoff(failures: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) * (0.5 + random / 2);
}

async function attempt(
  { url, size }: { url: string; size: number },
  target: Target,
  world: Surroundings,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<void> {
  const offset = target.received();
  const stalled = new AbortController();
  const either = AbortSignal.any([signal, stalled.signal]);
  const asked = world.fetch(url, {
    // A plain range needs no preflight from the hub, nor from the host that it leads to; If-Range would.
    ...(offset > 0 && { headers: { Range: `bytes=${offset}-` } }),
    signal: either,
    // The HTTP cache would keep a second copy. Nobody is told who asks.
    cache: "no-store",
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  const response = await patiently(asked, stalled);
  let accepted: Accepted;
  try {
    accepted = judge(response, { offset, size, etag: target.etag(), hub: new URL(url).origin }, world.now());
  } catch (error) {
    await response.body?.cancel().catch(() => {});
    throw error;
  }
  if (accepted.skip === 0) target.setEtag(accepted.etag);
  const reader = response.body?.getReader();
  if (!reader) return;
  const giveUp = () => void reader.cancel().catch(() => {});
  either.addEventListener("abort", giveUp);
  if (either.aborted) giveUp(); // while the answer was looked at
  let { skip } = accepted;
  for (;;) {
    const { done, value } = await patiently(reader.read(), stalled);
    if (done) return;
    const fresh = value.subarray(Math.min(skip, value.length));
    skip -= value.length - fresh.length;
    if (fresh.length > 0) await target.write(fresh);
    watcher.onProgress(target.received(), skip);
  }
}
