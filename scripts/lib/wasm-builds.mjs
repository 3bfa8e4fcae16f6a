// The builds of the engine, and how cargo is asked for each. A module is validated as a whole, so what a browser may lack
// needs a module of its own, and so does what few would use; wasm/web/js picks between them at run time.
import { join } from "node:path";
import { cargoTarget, engineDir } from "./paths.mjs";

const RELAXED_SIMD_AND_THREADS = "+simd128,+relaxed-simd,+atomics,+bulk-memory,+mutable-globals";

// What wasm-bindgen 0.2.130 makes threads of: a memory from outside, and what each thread's own storage is set up with.
const SHARED_MEMORY = [
  "--shared-memory",
  "--import-memory",
  "--max-memory=4294967296",
  "--export=__wasm_init_tls",
  "--export=__tls_size",
  "--export=__tls_align",
  "--export=__tls_base",
];

/** Features that Rust 1.95 turns on for every wasm32-unknown-unknown module. */
const BASELINE = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

/**
 * @typedef {object} WasmBuild
 * @property {"simd" | "threads" | "gpu"} name
 * @property {string} title  what a person is told of it
 * @property {string[]} cargo  what else cargo is told
 * @property {Record<string, string>} env  for cargo, and for wasm-pack, which calls it
 * @property {string} target  cargo's folder; each has its own, so that neither build undoes the other's
 * @property {string[]} features  what wasm-opt may read and write
 * @property {string} out  where its module and JavaScript go
 */

/** Runs anywhere: SIMD128, one thread. Its flags are those of .cargo/config.toml. */
export const simd = {
  name: /** @type {const} */ ("simd"),
  title: "SIMD128",
  cargo: [],
  env: {},
  target: cargoTarget,
  features: [...BASELINE, "simd"],
  out: join(engineDir, "simd"),
};

/** Relaxed SIMD and shared memory. std has to be compiled for it, which is cargo's one unstable option here. */
export const threads = {
  name: /** @type {const} */ ("threads"),
  title: "relaxed SIMD, threads",
  cargo: [],
  env: {
    RUSTC_BOOTSTRAP: "1",
    CARGO_UNSTABLE_BUILD_STD: "std,panic_abort",
    CARGO_ENCODED_RUSTFLAGS: [
      "-C",
      `target-feature=${RELAXED_SIMD_AND_THREADS}`,
      ...SHARED_MEMORY.flatMap((arg) => ["-C", `link-arg=${arg}`]),
    ].join("\x1f"),
    CARGO_TARGET_DIR: join(cargoTarget, "threads"),
  },
  target: join(cargoTarget, "threads"),
  features: [...BASELINE, "simd", "relaxed-simd", "threads"],
  out: join(engineDir, "threads"),
};

/**
 * Computes on the GPU, through WebGPU: `simd` with a feature of the crate. In one folder with it, cargo would link the two
 * again each time, as their module's file has one name.
 */
export const gpu = {
  ...simd,
  name: /** @type {const} */ ("gpu"),
  title: "WebGPU",
  cargo: ["--no-default-features", "--features", "gpu"],
  env: { CARGO_TARGET_DIR: join(cargoTarget, "gpu") },
  target: join(cargoTarget, "gpu"),
  out: join(engineDir, "gpu"),
};

/** @type {WasmBuild[]} */
export const wasmBuilds = [simd, threads, gpu];
