// One of the engine's other threads, as a worker's script. It takes seats in models' pools, one after the other.

import type { Order } from "./crew.js";
import init, { loseSeat, takeSeat } from "./threads/wasm_chord_web.js";

// Far more than kernels need: what is not touched costs nothing, and running out of it would not be noticed.
const STACK_BYTES = 1 << 20;

// The worker's global, of which the types of a page know nothing.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(message: "ready"): void;
  close(): void;
};

let started: Promise<{ __wbindgen_thread_destroy(): void }> | undefined;

scope.onmessage = ({ data }) => void obey(data).catch(fail);

async function obey(order: Order): Promise<void> {
  if (order === "go") {
    (await started)?.__wbindgen_thread_destroy();
    scope.close();
  } else if ("module" in order) {
    const { module, memory } = order;
    started = init({ module_or_path: module, memory, thread_stack_size: STACK_BYTES });
    await started;
    scope.postMessage("ready");
  } else {
    await started;
    try {
      takeSeat(order.seat); // returns when the model is dropped
    } catch (error) {
      loseSeat(order.seat);
      throw error;
    }
  }
}

/** Tells whoever started this worker, and takes no more orders. */
function fail(error: unknown): void {
  reportError(error);
  scope.close();
}
