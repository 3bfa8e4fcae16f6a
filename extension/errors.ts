// Error codes and the sentences people read: what happened, and which button helps. What is safe depends on what was under
// way, so the surface adds it ("Nothing was stored.").

import type { ErrorCode as EngineCode } from "chord-engine";

/** The button that does something about an error. */
export type Remedy = "retry" | "add_model" | "choose_model" | "new_conversation" | "delete_models" | null;

interface Sentence {
  /** What happened, and what to do about it. */
  says: string;
  /** The engine's message, where it has one: left out, added to ours, or said in its place. It names the tensor, the type, the
   * numbers; many of its messages are whole sentences for people already. */
  engine: "left out" | "added" | "instead";
  remedy: Remedy;
}

/** Codes that the engine does not have. */
type OwnCode =
  | "no_model"
  | "no_built_in_model"
  | "page_closed"
  | "page_gone"
  | "page_empty"
  | "not_allowed"
  | "engine_failed"
  | "engine_crashed"
  | "engine_lost"
  | "answer_lost"
  | "extension_reloaded"
  // Downloads.
  | "bad_address"
  | "download_changed"
  | "download_denied"
  | "download_missing"
  | "hub_busy"
  | "hub_failed"
  | "network"
  | "not_a_file"
  | "not_as_listed";

const SENTENCES = {
  // The file or the model.
  not_gguf: { says: "This file is not a GGUF model.", engine: "left out", remedy: null },
  truncated: {
    says: "This file is incomplete: part of the model is missing. Download or copy it again.",
    engine: "left out",
    remedy: null,
  },
  split_model: {
    says: "This model comes in several files. Choose all of them together.",
    engine: "instead",
    remedy: null,
  },
  file_unreadable: { says: "This file could not be read. Choose it again.", engine: "instead", remedy: null },
  unsupported_version: { says: "This version of GGUF is not supported.", engine: "instead", remedy: null },
  unsupported_architecture: {
    says: "Chord cannot run this kind of model yet.",
    engine: "instead",
    remedy: "choose_model",
  },
  unsupported_feature: { says: "Chord cannot run this kind of model yet.", engine: "instead", remedy: "choose_model" },
  unsupported_type: { says: "Chord cannot read this quantization yet.", engine: "instead", remedy: "choose_model" },
  unsupported_tokenizer: {
    says: "Chord cannot read this model's vocabulary yet.",
    engine: "instead",
    remedy: "choose_model",
  },
  bad_model: { says: "This model cannot be used.", engine: "added", remedy: "choose_model" },
  damaged: {
    says: "What is stored of this model is incomplete. Delete it and add it again.",
    engine: "left out",
    remedy: "choose_model",
  },
  chat_template: { says: "This model's chat format could not be used.", engine: "added", remedy: "choose_model" },
  no_chat_template: { says: "This model has no chat format.", engine: "left out", remedy: "choose_model" },
  wrong_kind: { says: "This model cannot do that.", engine: "instead", remedy: "choose_model" },
  not_found: { says: "This model is no longer stored.", engine: "left out", remedy: "choose_model" },
  no_model: { says: "No model is stored.", engine: "left out", remedy: "add_model" },
  no_built_in_model: {
    says: "This copy of Chord was built without its built-in model, so it cannot read pages by itself. Add a model of your own to summarize with.",
    engine: "left out",
    remedy: "add_model",
  },
  // The page.
  page_closed: {
    says: "Chord may not read this page until you ask for it there: press Alt+Shift+S, or click Chord in the toolbar. Some pages, like Chrome's own and its store, are closed to every extension.",
    engine: "left out",
    remedy: "retry",
  },
  page_gone: {
    says: "The tab shows another page now.",
    engine: "left out",
    remedy: "retry",
  },
  page_empty: { says: "There is no text to read on this page.", engine: "left out", remedy: "retry" },
  not_loaded: { says: "No model is loaded.", engine: "left out", remedy: "retry" },
  // The request.
  context_full: { says: "This is longer than the model can hold.", engine: "left out", remedy: "new_conversation" },
  bad_request: { says: "The engine could not make sense of the request.", engine: "added", remedy: null },
  not_allowed: { says: "This page may not ask for that.", engine: "left out", remedy: null },
  busy: { says: "The engine is busy with something else.", engine: "left out", remedy: "retry" },
  // The computer.
  out_of_memory: { says: "There is not enough memory for this model.", engine: "instead", remedy: "choose_model" },
  quota: { says: "There is not enough space for this model.", engine: "instead", remedy: "delete_models" },
  store: { says: "The browser's storage failed.", engine: "instead", remedy: "retry" },
  store_newer: { says: "The models were stored by a newer Chord.", engine: "instead", remedy: null },
  store_unavailable: { says: "The browser's storage cannot be opened.", engine: "instead", remedy: "retry" },
  device_lost: { says: "The graphics card stopped answering.", engine: "left out", remedy: "retry" },
  // A download.
  bad_address: { says: "This is not the address of a model file.", engine: "added", remedy: null },
  network: { says: "The connection was lost.", engine: "left out", remedy: "retry" },
  hub_busy: { says: "The hub asks to come back later.", engine: "left out", remedy: "retry" },
  hub_failed: { says: "The hub could not answer.", engine: "left out", remedy: "retry" },
  download_denied: {
    says: "The hub does not give this file to everyone: sign in there, download it with Chrome, and add the file here.",
    engine: "left out",
    remedy: null,
  },
  download_missing: { says: "The hub has no such file.", engine: "left out", remedy: null },
  download_changed: {
    says: "The file on the hub has changed since this download began. Remove it and start again.",
    engine: "left out",
    remedy: null,
  },
  not_a_file: { says: "The hub sent a web page instead of the model.", engine: "left out", remedy: "retry" },
  not_as_listed: {
    says: "The hub offers another file than the one that Chord's list was made for.",
    engine: "left out",
    remedy: null,
  },
  wrong_digest: {
    says: "What came is not the file that the hub announced: its checksum is wrong. It was discarded.",
    engine: "left out",
    remedy: "retry",
  },
  wrong_length: { says: "The file is not as long as the hub announced.", engine: "instead", remedy: null },
  in_use: { says: "Another window is busy with this download.", engine: "left out", remedy: "retry" },
  already_stored: { says: "This model is already stored.", engine: "instead", remedy: null },
  // The engine and the way to it.
  engine_failed: { says: "The engine did not start.", engine: "added", remedy: "retry" },
  engine_crashed: {
    says: "The engine stopped unexpectedly and was started anew.",
    engine: "left out",
    remedy: "retry",
  },
  engine_lost: { says: "The connection to the engine was lost.", engine: "left out", remedy: "retry" },
  answer_lost: {
    says: "The rest of this answer was lost when the engine or the browser was closed.",
    engine: "left out",
    remedy: "retry",
  },
  extension_reloaded: {
    says: "Chord was updated, reloaded or turned off. Reload this page to use it here.",
    engine: "left out",
    remedy: null,
  },
  // Not shown as an error where the person did it.
  cancelled: { says: "Stopped.", engine: "left out", remedy: "retry" },
  internal: { says: "Something went wrong inside Chord.", engine: "added", remedy: "retry" },
} as const satisfies Record<EngineCode | OwnCode, Sentence>;

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
  const { says, engine, remedy } = SENTENCES[error.code];
  const message = error.message.trim();
  if (engine === "left out" || !message) return { text: says, remedy };
  return { text: engine === "instead" ? asSentence(message) : `${says} ${asSentence(message)}`, remedy };
}

function asSentence(message: string): string {
  const capital = message.charAt(0).toLocaleUpperCase("en") + message.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
