import { expect, test } from "vitest";
import { engineLine } from "../../extension/options/engine-line";
import type { EngineStatus } from "../../extension/protocol";
import { ON_GPU, STATUS } from "./fakes";

const CPU = "The engine runs on the processor, on 2 threads with relaxed SIMD.";

test("what runs on the processor, and why it is not more", () => {
  expect(engineLine({ engine: STATUS })).toBe(CPU);
  const simd = engineLine({ engine: { build: "simd", threads: 1, reason: "this browser has no relaxed SIMD" } });
  expect(simd).toBe("The engine runs on the processor, on one thread with SIMD128: this browser has no relaxed SIMD.");
});

test("which GPU it is, as far as the browser tells", () => {
  expect(engineLine({ engine: ON_GPU })).toBe("The engine runs on the graphics card Radeon with WebGPU and subgroups.");
  const gpu = { name: "", tier: "base", dp4a: false, software: false } as const;
  expect(engineLine({ engine: { ...ON_GPU, gpu } })).toBe("The engine runs on the graphics card with WebGPU.");
  expect(engineLine({ engine: { ...ON_GPU, gpu: { ...gpu, software: true } } })).toMatch(/the processor emulates/);
});

test("why it is not a GPU", () => {
  const without = (code: NonNullable<EngineStatus["noGpu"]>["code"]) =>
    engineLine({ engine: { ...STATUS, noGpu: { code, message: "no memory" } } });
  expect(without("no_webgpu")).toBe(`${CPU} The graphics card is not used: this browser has no WebGPU.`);
  expect(without("no_adapter")).toMatch(/the browser offers none\.$/);
  expect(without("software")).toMatch(/slower than the processor itself\.$/);
  expect(without("failed")).toMatch(/is not used: no memory\.$/);
});

test("what became of a GPU that failed, and when it is tried again", () => {
  const after = (code: "device_lost" | "out_of_memory" | "engine_crashed" | "engine_failed") =>
    engineLine({ engine: STATUS, gpuFailed: { code, message: "" } });
  expect(after("device_lost")).toMatch(
    /relaxed SIMD\. The graphics card is not used: it stopped answering\. It is tried/,
  );
  expect(after("out_of_memory")).toMatch(/its memory was too small/);
  expect(after("engine_crashed")).toMatch(/the engine failed there/);
  expect(after("engine_failed")).toMatch(/the engine did not start there/);
});
