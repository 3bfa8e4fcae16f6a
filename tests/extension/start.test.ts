// An engine that a GPU was asked for and that cannot have one.
import { createEngine, type EngineOptions, type EngineStatus } from "chord-engine";
import { beforeEach, expect, test, vi } from "vitest";
import { startEngine } from "../../extension/worker/start";
import { ON_GPU, STATUS } from "./fakes";

vi.mock("chord-engine", () => ({ createEngine: vi.fn() }));
const create = vi.mocked(createEngine as (options?: EngineOptions) => Promise<unknown>);

class NoGpu extends Error {
  readonly code = "software";
}
const engine = (status: EngineStatus) => Object.assign(Object.create({ close: () => {} }), status);

beforeEach(() => void create.mockReset());

test("what an engine says of itself is told as it is when asked", async () => {
  const growing = engine({ ...STATUS, threads: 1, reason: "why", noGpu: { code: "no_webgpu", message: "none" } });
  create.mockResolvedValue(growing);
  const { status } = await startEngine("chord-engine");
  growing.threads = 2;
  expect(status()).toEqual({ ...STATUS, reason: "why", noGpu: { code: "no_webgpu", message: "none" } });
  create.mockResolvedValue(engine(ON_GPU));
  expect((await startEngine("chord-engine")).status()).toEqual(ON_GPU);
});

test("the person wants the GPU and there is none: the processor, and why", async () => {
  create.mockRejectedValueOnce(new NoGpu("it is an emulation")).mockResolvedValueOnce(engine(STATUS));
  const { status } = await startEngine("chord-engine?computeOn=gpu&threads=2");
  expect(create.mock.calls).toEqual([[{ build: "gpu", threads: 2 }], [{ threads: 2, gpu: false }]]);
  expect(status()).toEqual({ ...STATUS, noGpu: { code: "software", message: "it is an emulation" } });
});

test("every other failure is passed on, and so is that of a build that is to be measured", async () => {
  create.mockRejectedValue(new Error("no wasm"));
  await expect(startEngine("chord-engine?computeOn=gpu")).rejects.toThrow("no wasm");
  create.mockRejectedValue(new NoGpu("none"));
  await expect(startEngine("chord-engine?build=gpu")).rejects.toThrow("none");
  expect(create).toHaveBeenCalledTimes(2);
});
