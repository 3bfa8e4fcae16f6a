import { expect, test } from "vitest";
import { engineOptions, wantsProfile, workerName } from "../../extension/worker/options";

test("a worker's name says how the engine is to run", () => {
  expect(engineOptions("chord-engine?build=threads&threads=2")).toEqual({ build: "threads", threads: 2 });
  expect(engineOptions("chord-engine?build=simd")).toEqual({ build: "simd" });
  expect(engineOptions("chord-engine?build=gpu&softwareGpu=1")).toEqual({ build: "gpu", softwareGpu: true });
});

test("a worker's name says where the person wants models to run", () => {
  expect(engineOptions(workerName("chord-engine", "auto"))).toEqual({});
  expect(engineOptions(workerName("chord-engine", "gpu"))).toEqual({ build: "gpu" });
  expect(engineOptions(workerName("chord-engine", "cpu"))).toEqual({ gpu: false });
  const query = "?build=simd&threads=3";
  expect(engineOptions(workerName("chord-engine", "gpu", query))).toEqual({ build: "simd", threads: 3 });
  // A GPU that failed is let go by all.
  expect(engineOptions(workerName("chord-engine", "cpu", "?build=gpu"))).toEqual({ gpu: false });
});

test("a worker's name says whether answers are profiled", () => {
  expect(wantsProfile("chord-engine?threads=2&profile=1")).toBe(true);
  for (const name of ["chord-engine", "", "chord-engine?profile=0", "profile=1"])
    expect(wantsProfile(name), name).toBe(false);
});

test("what a name does not say, or says wrongly, is left to the engine", () => {
  for (const name of [
    "chord-engine",
    "",
    "chord-engine?",
    "chord-engine?build=fast&threads=0",
    "x?threads=1.5&computeOn=x",
  ])
    expect(engineOptions(name), name).toEqual({});
});
