import { expect, test } from "vitest";
import { findGpu, type GpuSurroundings, NoGpuError } from "../../wasm/web/js/find-gpu";

type Info = Partial<GPUAdapterInfo>;

/** A browser with one adapter. */
const offering = (info: Info, more: { isFallbackAdapter?: boolean } = {}): GpuSurroundings => ({
  gpu: { requestAdapter: async () => ({ info, ...more }) },
});

const look = async (here: GpuSurroundings, software = false): Promise<NoGpuError | undefined> => {
  try {
    await findGpu(software, here);
    return undefined;
  } catch (error) {
    if (error instanceof NoGpuError) return error;
    throw error;
  }
};

const gpus: Info[] = [
  { vendor: "nvidia", architecture: "ampere", device: "", description: "", isFallbackAdapter: false },
  { vendor: "apple", architecture: "common-3" },
  { vendor: "microsoft", architecture: "" }, // a virtual machine's share of a real one
  { vendor: "google", architecture: "" },
  { vendor: "", architecture: "", description: "NVIDIA GeForce RTX 4070" },
  {},
];
test.each(gpus)("%o is a GPU", async (info) => {
  expect(await look(offering(info))).toBeUndefined();
});

const emulations: [Info, string][] = [
  [{ vendor: "google", architecture: "swiftshader" }, "google swiftshader"],
  [{ vendor: "mesa", architecture: "software" }, "mesa software"],
  [{ vendor: "microsoft", architecture: "warp" }, "microsoft warp"],
  [
    { vendor: "", architecture: "", description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    "llvmpipe (LLVM 15.0.6, 256 bits)",
  ],
  [{ vendor: "", architecture: "", description: "Microsoft Basic Render Driver" }, "Microsoft Basic Render Driver"],
  [{ vendor: "intel", architecture: "gen-9", isFallbackAdapter: true }, "intel gen-9"],
  [{ vendor: "", architecture: "", isFallbackAdapter: true }, "no name"],
];
test.each(emulations)("%o is software, which counts only where it was asked for", async (info, name) => {
  expect(await look(offering(info))).toMatchObject({ code: "software", message: expect.stringContaining(name) });
  expect(await look(offering(info), true)).toBeUndefined();
});

test("before Chromium 136 the adapter itself says that it is a fall-back", async () => {
  const info = { vendor: "", architecture: "" };
  expect(await look(offering(info, { isFallbackAdapter: true }))).toMatchObject({ code: "software" });
  expect(await look(offering(info, { isFallbackAdapter: false }))).toBeUndefined();
});

test("before Chromium 127 an adapter has no info, and is believed", async () => {
  const adapter = (more: object): GpuSurroundings => ({ gpu: { requestAdapter: async () => more } });
  expect(await look(adapter({}))).toBeUndefined();
  expect(await look(adapter({ isFallbackAdapter: true }))).toMatchObject({ code: "software" });
});

test("no WebGPU, no adapter and a browser that fails to look are told apart", async () => {
  expect(await look({})).toMatchObject({ code: "no_webgpu" });
  expect(await look({ gpu: { requestAdapter: async () => null } }, true)).toMatchObject({ code: "no_adapter" });
  const fails = { requestAdapter: () => Promise.reject(new DOMException("the process is gone", "OperationError")) };
  expect(await look({ gpu: fails })).toMatchObject({
    code: "failed",
    message: expect.stringContaining("the process is gone"),
  });
});

test("the fast one of two GPUs is asked for", async () => {
  const asked: unknown[] = [];
  const requestAdapter = async (options: unknown) => {
    asked.push(options);
    return { info: {} };
  };
  await findGpu(false, { gpu: { requestAdapter } });
  expect(asked).toEqual([{ powerPreference: "high-performance" }]);
});
