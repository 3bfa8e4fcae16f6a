// wgpu 30 has no subgroups in its list of a browser's features, and so asks for none (FEATURES_MAPPING in its webgpu.rs). What it
// asks for is completed here, on its way to the browser. Devices of others are left alone: they are not labelled "chord", as
// wasm/gpu/src/device labels its own.

/** @type {GPUFeatureName} */
const SUBGROUPS = "subgroups";

let asks = false;

export function askForSubgroups() {
  const prototype = globalThis.GPUAdapter?.prototype;
  if (asks || !prototype) return;
  asks = true;
  const { requestDevice } = prototype;
  prototype.requestDevice = function (descriptor) {
    if (descriptor?.label !== "chord" || !this.features.has(SUBGROUPS)) return requestDevice.call(this, descriptor);
    const requiredFeatures = [...(descriptor.requiredFeatures ?? []), SUBGROUPS];
    return requestDevice.call(this, { ...descriptor, requiredFeatures });
  };
}
