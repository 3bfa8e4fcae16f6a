import assert from "node:assert/strict";
import { test } from "node:test";
import { askForSubgroups } from "../../wasm/web/src/backend/subgroups.js";

test("the engine's devices are asked for with subgroups where there are some, and those of others as they are", () => {
  const asked = [];
  class GPUAdapter {
    constructor(...features) {
      this.features = new Set(features);
    }
    requestDevice(descriptor) {
      asked.push([this.features.size, descriptor]);
      return "a device";
    }
  }
  Object.assign(globalThis, { GPUAdapter });
  for (let times = 0; times < 2; times += 1) askForSubgroups(); // twice is once

  const able = new GPUAdapter("subgroups", "shader-f16");
  assert.equal(
    able.requestDevice({ label: "chord", requiredFeatures: ["shader-f16"], requiredLimits: {} }),
    "a device",
  );
  able.requestDevice({ label: "chord" });
  able.requestDevice({ label: "another's" });
  able.requestDevice();
  new GPUAdapter("shader-f16").requestDevice({ label: "chord" });
  assert.deepEqual(asked, [
    [2, { label: "chord", requiredFeatures: ["shader-f16", "subgroups"], requiredLimits: {} }],
    [2, { label: "chord", requiredFeatures: ["subgroups"] }],
    [2, { label: "another's" }],
    [2, undefined],
    [1, { label: "chord" }],
  ]);
});
