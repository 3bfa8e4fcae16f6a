// Whether there is a GPU worth taking. Asked before the build for GPUs is fetched: where there is none, nobody waits for it.

/** Why no GPU computes: no WebGPU here, no adapter, only one that is software, or one that did not start. */
export type NoGpuCode = "no_webgpu" | "no_adapter" | "software" | "failed";

/** No GPU can be had. */
export class NoGpuError extends Error {
  override readonly name = "NoGpuError";
  readonly code: NoGpuCode;

  constructor(code: NoGpuCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What there is to look at; tests bring their own. */
export interface GpuSurroundings {
  /** `navigator.gpu`, where there is WebGPU. */
  gpu?: { requestAdapter(options: GPURequestAdapterOptions): Promise<Adapter | null> } | undefined;
}

/** Parts of a GPUAdapter. Before Chromium 136 it says itself, and not its info, whether it is a fall-back; before 127 it has no info. */
interface Adapter {
  readonly info?: Partial<GPUAdapterInfo>;
  readonly isFallbackAdapter?: boolean;
}

/**
 * Looks for a GPU; one that is software, slower than the CPU that it runs on, only counts where `software` says so.
 *
 * Throws a `NoGpuError` where there is none.
 */
export async function findGpu(software: boolean, { gpu }: GpuSurroundings = navigator): Promise<void> {
  if (!gpu) throw new NoGpuError("no_webgpu", "this browser has no WebGPU");
  let adapter: Adapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (cause) {
    throw new NoGpuError("failed", `the browser could not look for a GPU (${cause})`, { cause });
  }
  if (!adapter) throw new NoGpuError("no_adapter", "this browser offers no GPU");
  if (!software && isSoftware(adapter))
    throw new NoGpuError(
      "software",
      `the only GPU, ${nameOf(adapter)}, is an emulation and slower than the CPU itself`,
    );
}

/** What Chromium calls the three that there are: SwiftShader, Mesa's lavapipe, and WARP of Windows. */
const SOFTWARE = ["google swiftshader", "mesa software", "microsoft warp"];

function isSoftware({ info = {}, isFallbackAdapter }: Adapter): boolean {
  const { vendor, architecture, description = "" } = info;
  return (
    (info.isFallbackAdapter ?? isFallbackAdapter) === true ||
    SOFTWARE.includes(`${vendor} ${architecture}`) ||
    /swiftshader|llvmpipe|lavapipe|microsoft basic render/i.test(description)
  );
}

/** Browsers say little: Chromium a vendor and an architecture. */
function nameOf({ info: { vendor, architecture, description } = {} }: Adapter): string {
  return description || [vendor, architecture].filter(Boolean).join(" ") || "which has no name";
}
