// Error codes and the sentences people read: what happened, and which button helps. What is safe depends on what was under
// way, so the surface adds it ("Nothing was stored.").

/** The button that does something about an error. */
export type Remedy = "retry" | "add_model" | "choose_model" | "new_conversation" | "delete_models" | null;

interface Sentence {
  /** What happened. */
  says: string;
  /** Whether the engine's own message adds what a person can use (a tensor's name, a number of tokens). */
  detail: boolean;
  remedy: Remedy;
}

const SENTENCES = {
  // The file or the model.
  not_gguf: { says: "This file is not a GGUF model.", detail: false, remedy: null },
  truncated: { says: "This file is incomplete; part of the model is missing.", detail: true, remedy: null },
  unsupported_version: {
    says: "This file is in a version of GGUF that Chord cannot read.",
    detail: true,
    remedy: null,
  },
  unsupported_architecture: { says: "Chord cannot run this kind of model yet.", detail: true, remedy: "choose_model" },
  unsupported_type: {
    says: "Chord cannot read the way this model's numbers are packed yet.",
    detail: true,
    remedy: "choose_model",
  },
  unsupported_tokenizer: {
    says: "Chord cannot read this model's vocabulary yet.",
    detail: true,
    remedy: "choose_model",
  },
  bad_model: { says: "This model file is damaged or not as its header says.", detail: true, remedy: "choose_model" },
  chat_template: { says: "This model's chat format could not be used.", detail: true, remedy: "choose_model" },
  // The request.
  context_full: { says: "This is longer than the model can hold.", detail: true, remedy: "new_conversation" },
  bad_options: { says: "One of the settings does not suit this model.", detail: true, remedy: null },
  no_model: { says: "No model is stored yet.", detail: false, remedy: "add_model" },
  model_missing: { says: "This model is no longer stored.", detail: false, remedy: "choose_model" },
  bad_request: {
    says: "Chord's parts do not understand each other. Reload the extension.",
    detail: true,
    remedy: null,
  },
  not_allowed: { says: "This page may not ask for that.", detail: false, remedy: null },
  // The computer.
  out_of_memory: { says: "There is not enough memory for this model.", detail: true, remedy: "choose_model" },
  no_space: { says: "There is not enough space for this model.", detail: true, remedy: "delete_models" },
  store: { says: "The stored models could not be read or written.", detail: true, remedy: "retry" },
  device_lost: { says: "The graphics card stopped answering.", detail: false, remedy: "retry" },
  // The engine and the way to it.
  engine_failed: { says: "The engine did not start.", detail: true, remedy: "retry" },
  engine_crashed: { says: "The engine stopped unexpectedly and was started anew.", detail: false, remedy: "retry" },
  engine_lost: { says: "The connection to the engine was lost.", detail: false, remedy: "retry" },
  extension_reloaded: {
    says: "Chord was updated or reloaded. Reload this page to use it here.",
    detail: false,
    remedy: null,
  },
  // Not shown as an error where the person did it.
  cancelled: { says: "Stopped.", detail: false, remedy: "retry" },
  internal: { says: "Something went wrong inside Chord.", detail: true, remedy: "retry" },
} as const satisfies Record<string, Sentence>;

export type ErrorCode = keyof typeof SENTENCES;
export const ERROR_CODES = Object.keys(SENTENCES) as ErrorCode[];

export interface ErrorInfo {
  code: ErrorCode;
  /** For the person: names the key, the tensor, the number; may be empty. */
  message: string;
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(SENTENCES, code);
}

/** An error that carries one of our codes; everything Chord throws on purpose is one. */
export class ChordError extends Error {
  override readonly name = "ChordError";
  constructor(
    readonly code: ErrorCode,
    message = "",
  ) {
    super(message);
  }
}

/** Whatever was thrown, as code and message. An Error of the engine has a `code`; one we do not know is "internal". */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  if (thrown instanceof Error) {
    const code = (thrown as { code?: unknown }).code;
    return { code: isErrorCode(code) ? code : "internal", message: thrown.message };
  }
  return { code: "internal", message: String(thrown) };
}

/** `error` in sentences, with the button that helps. */
export function describe(error: ErrorInfo): { text: string; remedy: Remedy } {
  const { says, detail, remedy } = SENTENCES[error.code];
  const message = error.message.trim();
  return { text: detail && message ? `${says} ${asSentence(message)}` : says, remedy };
}

function asSentence(message: string): string {
  const capital = message.charAt(0).toLocaleUpperCase("en") + message.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
