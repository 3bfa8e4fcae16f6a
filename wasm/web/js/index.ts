// The engine for whoever uses it: picks the build that runs here, starts it, and says which one it is and why.

import { type Build, whyNotThreads } from "./detect.js";
import type { Engine } from "./simd/wasm_chord_web.js";

export type { Build } from "./detect.js";
export type * from "./simd/wasm_chord_web.js";

export interface EngineOptions {
  /** Which build to start. "auto", the default, takes `threads` where it runs and `simd` elsewhere. */
  build?: Build | "auto";
}

/** What an engine runs on. */
export interface EngineStatus {
  build: Build;
  /** Threads that compute. */
  threads: number;
  /** Why the build is not `threads` where nobody asked for `simd`: what is missing here, or what failed. */
  reason?: string;
}

export interface StartedEngine extends EngineStatus {
  engine: Engine;
}

/**
 * Starts an engine. It runs on the thread that calls this, so call it in a dedicated worker.
 *
 * Rejects with an `EngineError` when the store does not open, and with the build's own failure when one was asked for by
 * name and does not start.
 */
export async function createEngine({ build = "auto" }: EngineOptions = {}): Promise<StartedEngine> {
  let reason: string | undefined;
  if (build !== "simd") {
    reason = whyNotThreads();
    if (!reason) {
      try {
        return { engine: await startThreads(), build: "threads", threads: 1 };
      } catch (error) {
        // The store's trouble is the same in both builds, and so is what to do about it.
        if (build === "threads" || isEngineError(error)) throw error;
        reason = `the build with threads did not start (${error})`;
      }
    }
    if (build === "threads") throw new Error(`the build with threads cannot run: ${reason}`);
  }
  const started: StartedEngine = { engine: await startSimd(), build: "simd", threads: 1 };
  return reason === undefined ? started : { ...started, reason };
}

async function startSimd(): Promise<Engine> {
  const simd = await import("./simd/wasm_chord_web.js");
  await simd.default();
  return simd.Engine.create();
}

async function startThreads(): Promise<Engine> {
  const threads = await import("./threads/wasm_chord_web.js");
  // Reserves 4 GiB of addresses for the shared memory, which a browser may refuse.
  await threads.default();
  return threads.Engine.create();
}

function isEngineError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}
