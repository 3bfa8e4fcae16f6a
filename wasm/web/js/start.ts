// Starts one of the builds.

import { Crew } from "./crew.js";
import type { Build } from "./detect.js";
import { findGpu, type NoGpuCode, NoGpuError } from "./find-gpu.js";
import type { Engine, EngineError, ErrorCode, GpuInfo } from "./simd/wasm_chord_web.js";

/** What an engine runs on. */
export interface EngineStatus extends Reasons {
  readonly build: Build;
  /** Threads that there are for computing, the engine's own among them. It grows while they start. */
  readonly threads: number;
  /** The GPU that computes, in the build `gpu`. */
  readonly gpu?: GpuInfo;
}

/** Why the build is not another one. */
export interface Reasons {
  /** Why it is not `threads` where nobody asked for `simd`: what is missing here, or what failed. */
  readonly reason?: string;
  /** Why it is not `gpu` where that was looked at. */
  readonly noGpu?: NoGpu;
}

/** Why no GPU computes. */
export interface NoGpu {
  readonly code: NoGpuCode;
  readonly message: string;
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

export async function startSimd(reasons: Reasons = {}): Promise<StartedEngine> {
  const simd = await import("./simd/wasm_chord_web.js");
  await simd.default();
  return alone("simd", await simd.Engine.create(), reasons);
}

/** Looks for a GPU first: throws a `NoGpuError` where there is none, and where the build does not start on it. */
export async function startGpu(software: boolean): Promise<StartedEngine> {
  await findGpu(software);
  try {
    const gpu = await import("./gpu/wasm_chord_web.js");
    await gpu.default();
    const engine = await gpu.Engine.create(undefined, software);
    const info = engine.gpu();
    return { ...alone("gpu", engine), ...(info && { gpu: info }) };
  } catch (cause) {
    if (isStoreTrouble(cause)) throw cause;
    const said = cause instanceof Error ? cause.message : cause;
    throw new NoGpuError("failed", `the build for GPUs did not start (${said})`, { cause });
  }
}

export async function startThreads(count: number, reasons: Reasons = {}): Promise<StartedEngine> {
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
      ...reasons,
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

/** An engine that has no other threads. */
function alone(build: "simd" | "gpu", engine: Engine, reasons: Reasons = {}): StartedEngine {
  return {
    ...reasons,
    engine,
    build,
    threads: 1,
    ready: Promise.resolve(),
    crashed: crash(),
    close: () => engine.free(),
  };
}

/** Whether the store did not open: that is the same in all builds, and so is what to do about it. */
export function isStoreTrouble(error: unknown): boolean {
  const codes: ErrorCode[] = ["quota", "store", "store_newer", "store_unavailable"];
  return error instanceof Error && codes.includes((error as EngineError).code);
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
