// The engine worker: the wasm engine behind typed messages. The offscreen document replaces it when it dies.

import { toErrorInfo } from "../errors";
import { Jobs } from "./jobs";
import type { Command, Report } from "./messages";
import { wantsProfile } from "./options";
import { startEngine } from "./start";

// The extension's pages and this worker are typed against the DOM; the worker's global differs in this one function.
const report = (message: Report) => (self as unknown as { postMessage(m: Report): void }).postMessage(message);

const jobs = start();

self.onmessage = ({ data }: MessageEvent<Command>) => {
  void jobs.then((ready) => ready?.handle(data));
};

// A panic in a task of the engine's own surfaces here and not as a rejected call.
self.addEventListener("unhandledrejection", (event) => {
  report({ type: "fatal", error: { code: "engine_crashed", message: toErrorInfo(event.reason).message } });
});

async function start(): Promise<Jobs | null> {
  try {
    const { engine, status } = await startEngine(self.name);
    const jobs = new Jobs(engine.engine, status, report, wantsProfile(self.name));
    await jobs.reportState();
    void engine.ready.then(() => jobs.reportState()); // with all its threads
    return jobs;
  } catch (error) {
    report({ type: "fatal", error: { code: "engine_failed", message: toErrorInfo(error).message } });
    return null;
  }
}
