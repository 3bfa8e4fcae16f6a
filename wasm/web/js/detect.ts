// Which of the builds for the CPU can run here, and what is missing for the faster one.

/**
 * The builds of the engine: `simd` runs in every browser since 2021; `threads` needs relaxed SIMD and shared memory; `gpu`
 * computes on the GPU, through WebGPU.
 */
export type Build = "simd" | "threads" | "gpu";

// A whole module is refused for one instruction that is not known, so a module of one such instruction tells.
// (func (result v128) … i32x4.relaxed_dot_i8x16_i7x16_add_s)
const RELAXED_SIMD = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00,
  0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0xfd, 0x93,
  0x02, 0x0b,
];
// (memory 1 1 shared) (func … i32.atomic.rmw.add drop)
const SHARED_MEMORY = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x05,
  0x04, 0x01, 0x03, 0x01, 0x01, 0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x41, 0x00, 0x41, 0x00, 0xfe, 0x1e, 0x02, 0x00, 0x1a,
  0x0b,
];

/** What there is to look at; tests bring their own. */
export interface Surroundings {
  validate(module: Uint8Array<ArrayBuffer>): boolean;
  crossOriginIsolated: boolean;
  sharedMemory: boolean;
  dedicatedWorker: boolean;
}

/** Why the `threads` build cannot run here; `undefined` where it can. */
export function whyNotThreads(here: Surroundings = surroundings()): string | undefined {
  if (!here.validate(new Uint8Array(RELAXED_SIMD))) return "this browser has no relaxed SIMD";
  if (!here.validate(new Uint8Array(SHARED_MEMORY))) return "this browser has no threads in WebAssembly";
  if (!here.crossOriginIsolated)
    return "this page is not cross-origin isolated: serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  if (!here.sharedMemory) return "this browser has no SharedArrayBuffer";
  // A page's own thread may not wait for another one, which taking a lock can mean.
  if (!here.dedicatedWorker) return "this is not a dedicated worker: create the engine in one";
  return undefined;
}

function surroundings(): Surroundings {
  const scope = globalThis as { DedicatedWorkerGlobalScope?: new () => object; crossOriginIsolated?: boolean };
  return {
    validate: (module) => WebAssembly.validate(module),
    crossOriginIsolated: scope.crossOriginIsolated === true,
    sharedMemory: typeof SharedArrayBuffer === "function",
    dedicatedWorker:
      scope.DedicatedWorkerGlobalScope !== undefined && globalThis instanceof scope.DedicatedWorkerGlobalScope,
  };
}
