/// <reference lib="esnext.disposable" preserve="true" />
// (wasm-bindgen's types name Symbol.dispose, which a project of today may not have in its own list of libraries.)
//
// The engine for whoever uses it: picks the build that runs here, starts it, and says which one it is and why.

import { Crew, defaultThreads } from "./crew.js";
import { type Build, whyNotThreads } from "./detect.js";
import type { Engine } from "./simd/wasm_chord_web.js";

export type { Build } from "./detect.js";
export type * from "./simd/wasm_chord_web.js";

export interface EngineOptions {
  /** Which build to start. "auto", the default, takes `threads` where it runs and `simd` elsewhere. */
  build?: Build | "auto";
  /** Threads that compute, at most; by default as many as do this machine good. The build `simd` has one. */
  threads?: number;
}

/** What an engine runs on. */
export interface EngineStatus {
  readonly build: Build;
  /** Threads that there are for computing, the engine's own among them. It grows while they start. */
  readonly threads: number;
  /** Why the build is not `threads` where nobody asked for `simd`: what is missing here, or what failed. */
  readonly reason?: string;
}

export interface StartedEngine extends EngineStatus {
  readonly engine: Engine;
  /** Resolves when no more threads will come. There is no need to wait for it. */
  readonly ready: Promise<void>;
  /**
   * Resolves with what happened if the engine comes to an end by a fault of its own. Calls under way never settle then, and
   * nothing may be called on it again: end this worker and start another one.
   */
  readonly crashed: Promise<WebAssembly.RuntimeError>;
  /** Frees the engine and lets its threads go. */
  close(): void;
}

/**
 * Starts an engine. It runs on the thread that calls this, so call it in a dedicated worker.
 *
 * Rejects with an `EngineError` when the store does not open, and with the build's own failure when one was asked for by
 * name and does not start.
 */
export async function createEngine({ build = "auto", threads }: EngineOptions = {}): Promise<StartedEngine> {
  if (build === "simd") return startSimd();
  const missing = whyNotThreads();
  if (missing === undefined) {
    try {
      return await startThreads(threads ?? defaultThreads(navigator.hardwareConcurrency));
    } catch (error) {
      // The store's trouble is the same in both builds, and so is what to do about it.
      if (build === "threads" || isEngineError(error)) throw error;
      return startSimd(`the build with threads did not start (${error})`);
    }
  }
  if (build === "threads") throw new Error(`the build with threads cannot run: ${missing}`);
  return startSimd(missing);
}

async function startSimd(reason?: string): Promise<StartedEngine> {
  const simd = await import("./simd/wasm_chord_web.js");
  await simd.default();
  const engine = await simd.Engine.create();
  const started: StartedEngine = {
    engine,
    build: "simd",
    threads: 1,
    ready: Promise.resolve(),
    crashed: crash(),
    close: () => engine.free(),
  };
  return reason === undefined ? started : { ...started, reason };
}

async function startThreads(count: number): Promise<StartedEngine> {
  const [threads, module] = await Promise.all([
    import("./threads/wasm_chord_web.js"),
    compile(new URL("./threads/wasm_chord_web_bg.wasm", import.meta.url)),
  ]);
  // Reserves 4 GiB of addresses for the shared memory, which a browser may refuse.
  const { memory } = await threads.default({ module_or_path: module });
  const crew = new Crew(module, memory, count - 1);
  try {
    const engine = await threads.Engine.create(crew.workers);
    return {
      engine,
      build: "threads",
      get threads() {
        return 1 + crew.there;
      },
      ready: crew.ready,
      crashed: crash(),
      close() {
        engine.free();
        crew.dismiss();
      },
    };
  } catch (error) {
    crew.dismiss();
    throw error;
  }
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} is answered with ${response.status}`);
  // A server that does not know the type of .wasm is none to compile from as it sends.
  return response.headers.get("Content-Type")?.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** A trap in the middle of a call of the engine's own making has no promise to reject: it is the global's to report. */
function crash(): Promise<WebAssembly.RuntimeError> {
  return new Promise((resolve) => {
    const look = (error: unknown) => {
      if (error instanceof WebAssembly.RuntimeError) resolve(error);
    };
    addEventListener("unhandledrejection", ({ reason }) => look(reason));
    addEventListener("error", ({ error }) => look(error));
  });
}

function isEngineError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}
