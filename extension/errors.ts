// Error codes and the sentences people read: what happened, and which button helps. What is safe depends on what was under
// way, so the surface adds it ("Nothing was stored.").

import type { ErrorCode as EngineCode } from "chord-engine";
import { locale, t } from "./i18n";

/** The button that does something about an error. */
export type Remedy = "retry" | "add_model" | "choose_model" | "new_conversation" | "delete_models" | null;

/** What happened, and what to do about it, is the message `error_CODE`. */
interface Sentence {
  /** The engine's message, where it has one: left out, added to ours, or said in its place. It names the tensor, the type, the
   * numbers; many of its messages are whole sentences for people already. They are English: beside another language, ours
   * comes first. */
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
  | "no_space"
  | "not_a_file"
  | "not_as_listed";

const SENTENCES = {
  // The file or the model.
  not_gguf: { engine: "left out", remedy: null },
  truncated: { engine: "left out", remedy: null },
  split_model: { engine: "instead", remedy: null },
  file_unreadable: { engine: "instead", remedy: null },
  unsupported_version: { engine: "instead", remedy: null },
  unsupported_architecture: { engine: "instead", remedy: "choose_model" },
  unsupported_feature: { engine: "instead", remedy: "choose_model" },
  unsupported_type: { engine: "instead", remedy: "choose_model" },
  unsupported_tokenizer: { engine: "instead", remedy: "choose_model" },
  bad_model: { engine: "added", remedy: "choose_model" },
  damaged: { engine: "left out", remedy: "choose_model" },
  chat_template: { engine: "added", remedy: "choose_model" },
  no_chat_template: { engine: "left out", remedy: "choose_model" },
  wrong_kind: { engine: "instead", remedy: "choose_model" },
  not_found: { engine: "left out", remedy: "choose_model" },
  no_model: { engine: "left out", remedy: "add_model" },
  no_built_in_model: { engine: "left out", remedy: "add_model" },
  // The page.
  page_closed: { engine: "left out", remedy: "retry" },
  page_gone: { engine: "left out", remedy: "retry" },
  page_empty: { engine: "left out", remedy: "retry" },
  not_loaded: { engine: "left out", remedy: "retry" },
  // The request.
  context_full: { engine: "left out", remedy: "new_conversation" },
  bad_request: { engine: "added", remedy: null },
  not_allowed: { engine: "left out", remedy: null },
  busy: { engine: "left out", remedy: "retry" },
  // The computer.
  out_of_memory: { engine: "instead", remedy: "choose_model" },
  quota: { engine: "instead", remedy: "delete_models" },
  no_space: { engine: "added", remedy: "delete_models" },
  store: { engine: "instead", remedy: "retry" },
  store_newer: { engine: "instead", remedy: null },
  store_unavailable: { engine: "instead", remedy: "retry" },
  device_lost: { engine: "left out", remedy: "retry" },
  no_gpu: { engine: "instead", remedy: "retry" },
  // A download.
  bad_address: { engine: "added", remedy: null },
  network: { engine: "left out", remedy: "retry" },
  hub_busy: { engine: "left out", remedy: "retry" },
  hub_failed: { engine: "left out", remedy: "retry" },
  download_denied: { engine: "left out", remedy: null },
  download_missing: { engine: "left out", remedy: null },
  download_changed: { engine: "left out", remedy: null },
  not_a_file: { engine: "left out", remedy: "retry" },
  not_as_listed: { engine: "left out", remedy: null },
  wrong_digest: { engine: "left out", remedy: "retry" },
  wrong_length: { engine: "instead", remedy: null },
  in_use: { engine: "left out", remedy: "retry" },
  already_stored: { engine: "instead", remedy: null },
  // The engine and the way to it.
  engine_failed: { engine: "added", remedy: "retry" },
  engine_crashed: { engine: "left out", remedy: "retry" },
  engine_lost: { engine: "left out", remedy: "retry" },
  answer_lost: { engine: "left out", remedy: "retry" },
  extension_reloaded: { engine: "left out", remedy: null },
  // Not shown as an error where the person did it.
  cancelled: { engine: "left out", remedy: "retry" },
  internal: { engine: "added", remedy: "retry" },
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
  const { engine, remedy } = SENTENCES[error.code];
  const says = t(`error_${error.code}`);
  const message = error.message.trim();
  if (engine === "left out" || !message) return { text: says, remedy };
  return {
    text: engine === "instead" && locale() === "en" ? asSentence(message) : `${says} ${asSentence(message)}`,
    remedy,
  };
}

function asSentence(message: string): string {
  const capital = message.charAt(0).toLocaleUpperCase("en") + message.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
