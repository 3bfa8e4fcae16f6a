/// <reference lib="esnext.disposable" preserve="true" />
// (wasm-bindgen's types name Symbol.dispose, which a project of today may not have in its own list of libraries.)
//
// The engine for whoever uses it: picks the build that runs here, starts it, and says which one it is and why.

import { defaultThreads } from "./crew.js";
import { type Build, whyNotThreads } from "./detect.js";
import { NoGpuError } from "./find-gpu.js";
import { isStoreTrouble, type Reasons, type StartedEngine, startGpu, startSimd, startThreads } from "./start.js";

export type { Build } from "./detect.js";
export { type NoGpuCode, NoGpuError } from "./find-gpu.js";
export type * from "./simd/wasm_chord_web.js";
export type { EngineStatus, NoGpu, StartedEngine } from "./start.js";

export interface EngineOptions {
  /**
   * Which build to start. "auto", the default, takes `gpu` where the browser has a GPU that is not software, `threads` where
   * that runs, and `simd` elsewhere.
   */
  build?: Build | "auto";
  /** Whether "auto" may take the GPU; true by default. */
  gpu?: boolean;
  /** Whether a GPU that is software will do, too: it is slower than the CPU, and there for tests. */
  softwareGpu?: boolean;
  /** Threads that compute, at most; by default as many as do this machine good. Only the build `threads` has several. */
  threads?: number;
}

/**
 * Starts an engine. It runs on the thread that calls this, so call it in a dedicated worker.
 *
 * Rejects with an `EngineError` when the store does not open, with a `NoGpuError` when `gpu` was asked for by name and there
 * is no GPU for it, and with the build's own failure when another was asked for and does not start.
 */
export async function createEngine(options: EngineOptions = {}): Promise<StartedEngine> {
  const { build = "auto", gpu = true, softwareGpu = false } = options;
  const threads = options.threads ?? defaultThreads(navigator.hardwareConcurrency);
  switch (build) {
    case "gpu":
      return startGpu(softwareGpu);
    case "threads": {
      const missing = whyNotThreads();
      if (missing !== undefined) throw new Error(`the build with threads cannot run: ${missing}`);
      return startThreads(threads);
    }
    case "simd":
      return startSimd();
    case "auto":
      return gpu ? startBest(softwareGpu, threads) : startOnCpu(threads);
  }
}

async function startBest(softwareGpu: boolean, threads: number): Promise<StartedEngine> {
  try {
    return await startGpu(softwareGpu);
  } catch (error) {
    if (!(error instanceof NoGpuError)) throw error;
    const { code, message } = error;
    return startOnCpu(threads, { noGpu: { code, message } });
  }
}

async function startOnCpu(threads: number, reasons: Reasons = {}): Promise<StartedEngine> {
  const missing = whyNotThreads();
  if (missing !== undefined) return startSimd({ ...reasons, reason: missing });
  try {
    return await startThreads(threads, reasons);
  } catch (error) {
    if (isStoreTrouble(error)) throw error;
    return startSimd({ ...reasons, reason: `the build with threads did not start (${error})` });
  }
}
