// What can go wrong with one attempt at a file, and what to do about it.

import { ChordError, type ErrorCode } from "../errors";

/** `retry`: the next attempt may do better. `stop`: it cannot; what has come is kept. `useless`: nothing of it is worth keeping. */
export type Remedy = "retry" | "stop" | "useless";

export class Fault extends ChordError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly action: Remedy,
    /** When the server says to come back, in ms from now. */
    readonly after: number | null = null,
  ) {
    super(code, message);
  }
}

/** Errors of the engine about what came: no attempt will bring anything else. */
export const USELESS: ReadonlySet<string> = new Set([
  "already_stored",
  "bad_model",
  "not_gguf",
  "split_model",
  "unsupported_architecture",
  "unsupported_feature",
  "unsupported_tokenizer",
  "unsupported_type",
  "unsupported_version",
]);

/** Whatever an attempt threw, as a fault. The engine's errors have codes; what `fetch` throws has none. A trap is the worker's end. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof WebAssembly.RuntimeError) throw error;
  const { code, message } = error as { code?: ErrorCode; message?: string };
  if (typeof code === "string") return new Fault(code, message ?? "", USELESS.has(code) ? "useless" : "stop");
  return new Fault("network", "", "retry");
}
