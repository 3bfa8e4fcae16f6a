import { expect, test } from "vitest";
import { type Surroundings, whyNotThreads } from "../../wasm/web/js/detect";

const EVERYTHING: Surroundings = {
  validate: () => true,
  crossOriginIsolated: true,
  sharedMemory: true,
  dedicatedWorker: true,
};

test("the build with threads runs where nothing is missing", () => {
  expect(whyNotThreads(EVERYTHING)).toBeUndefined();
});

const lacks: [Partial<Surroundings>, string][] = [
  [{ validate: (module) => !module.includes(0xfd) }, "no relaxed SIMD"],
  [{ validate: (module) => !module.includes(0xfe) }, "no threads in WebAssembly"],
  [{ crossOriginIsolated: false, sharedMemory: false }, "not cross-origin isolated"],
  [{ sharedMemory: false }, "no SharedArrayBuffer"],
  [{ dedicatedWorker: false }, "not a dedicated worker"],
];
test.each(lacks)("with %o it says so", (missing, words) => {
  expect(whyNotThreads({ ...EVERYTHING, ...missing })).toContain(words);
});

test("the modules that are tried are sound: a runtime that knows threads takes the one of threads", () => {
  // Node has had shared memory for long; relaxed SIMD only from version 22 on, so that module is not asserted here.
  expect(
    whyNotThreads({ ...EVERYTHING, validate: (m) => m.includes(0xfd) || WebAssembly.validate(m) }),
  ).toBeUndefined();
});
