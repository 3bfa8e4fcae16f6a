// The store worker: imports, downloads, checks. It has an engine of its own, of which it uses the store alone, so that none of
// this waits for an answer and no answer for it.

import { createEngine } from "chord-engine";
import { toErrorInfo } from "../errors";
import { modelHosts } from "../hub";
import { Downloads } from "./downloads";
import type { Surroundings } from "./fetch-file";
import { StoreJobs } from "./jobs";
import type { StoreCommand, StoreReport } from "./messages";

// The extension's pages and this worker are typed against the DOM; the worker's global differs in this one function.
const report = (message: StoreReport) =>
  (self as unknown as { postMessage(m: StoreReport): void }).postMessage(message);
const trap = (error: unknown) =>
  report({ type: "fatal", error: { code: "engine_crashed", message: toErrorInfo(error).message } });

const world: Surroundings = { fetch: self.fetch.bind(self), now: Date.now, random: Math.random, sleep };
const jobs = start();

self.onmessage = ({ data }: MessageEvent<StoreCommand>) => {
  void jobs.then((ready) => ready?.handle(data));
};

self.addEventListener("unhandledrejection", (event) => trap(event.reason));

async function start(): Promise<StoreJobs | null> {
  try {
    // One thread: hashing and storing is all it does, and the memory of a thousand pages is none of its business.
    const { engine } = await createEngine({ build: "simd" });
    const downloads = new Downloads({
      engine,
      world,
      // Neither this worker nor its document has chrome.runtime.getManifest.
      hosts: modelHosts(await (await fetch("/manifest.json")).json()),
      onChange: (list) => report({ type: "downloads", downloads: list }),
      onStored: () => report({ type: "stored" }),
      onTrap: trap,
    });
    await downloads.open();
    self.addEventListener("online", () => downloads.online());
    return new StoreJobs(engine, downloads, report);
  } catch (error) {
    const { code, message } = toErrorInfo(error);
    report({ type: "fatal", error: { code: code === "internal" ? "engine_failed" : code, message } });
    return null;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (how: () => void) => {
      clearTimeout(timer);
      self.removeEventListener("online", wake);
      signal.removeEventListener("abort", stop);
      how();
    };
    const wake = () => end(resolve);
    const stop = () => end(() => reject(signal.reason));
    const timer = setTimeout(wake, ms);
    self.addEventListener("online", wake);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
}
