// A conversation and how each event changes it. Pure, so that it can be tested without a browser.

import type { ErrorInfo } from "../errors";
import { speed } from "../format";
import { t } from "../i18n";
import { askAbout } from "../prompts";
import type { ChatMessage, Ending, GenerateResult, GpuFailure, Input, Progress } from "../protocol";
import { endNote, progressStatus, type Status, starting } from "../status";
import type { AttachedPage } from "./page";

export type AnswerState = "waiting" | "streaming" | "done" | "stopped" | "error";

/** A question and its answer. */
export interface Exchange {
  id: number;
  question: string;
  /** The page that the question came with. */
  page: AttachedPage | null;
  answer: string;
  state: AnswerState;
  model: string;
  /** "31 tok/s · 0.4 s to first word", once done. */
  speed: string;
  /** Tokens of the model's context that the conversation takes with this answer, of how many; as far as it is known. */
  context: { used: number; size: number } | null;
  /** Why the answer ended early, if it did. */
  note: string | null;
  /** What became of the GPU that it began on, where it had to go on without. */
  gpuFailed: GpuFailure | null;
  error: ErrorInfo | null;
  /** Under which the engine knows the answer while it is under way, so that a popup that opens again can follow it. */
  request: string | null;
}

export interface Conversation {
  exchanges: readonly Exchange[];
  status: Status | null;
  announcement: string;
}

export const EMPTY: Conversation = { exchanges: [], status: null, announcement: "" };

export type Change =
  /** Asks `question` after the first `keep` exchanges; those behind them go. */
  | { type: "ask"; keep: number; id: number; question: string; page: AttachedPage | null; model: string }
  /** The engine is asked, under that name; the page of exchange `at`, if any, was cut to what fits. */
  | { type: "asking"; id: number; request: string; at: number; page: AttachedPage | null }
  /** What was under way is heard from its beginning. */
  | { type: "follow"; id: number }
  | { type: "progress"; id: number; progress: Progress }
  | { type: "ended"; id: number; ending: Ending<GenerateResult> }
  /** The engine never heard it. */
  | { type: "unheard"; id: number }
  | { type: "stop" }
  | { type: "clear" }
  | { type: "open"; exchanges: readonly Exchange[] };

export const isBusy = (exchange: Exchange | undefined) =>
  exchange?.state === "waiting" || exchange?.state === "streaming";

export function change(conversation: Conversation, event: Change): Conversation {
  const last = conversation.exchanges.at(-1);
  switch (event.type) {
    case "ask": {
      const { id, question, page, model } = event;
      const exchange: Exchange = { ...ASKED, id, question, page, model };
      return begin(conversation.exchanges.slice(0, event.keep), exchange);
    }
    case "asking": {
      if (last?.id !== event.id || !isBusy(last)) return conversation;
      const { page, request } = event;
      const exchanges = page
        ? conversation.exchanges.map((one, at) => (at === event.at ? { ...one, page } : one))
        : conversation.exchanges;
      const asked = exchanges.at(-1);
      return asked ? { ...conversation, exchanges: replaceLast(exchanges, { ...asked, request }) } : conversation;
    }
    case "follow":
      return last?.id === event.id && isBusy(last)
        ? begin(conversation.exchanges.slice(0, -1), { ...last, state: "waiting" })
        : conversation;
    case "unheard":
      return last?.id === event.id && isBusy(last)
        ? finish(conversation, { ...last, state: "stopped", note: t("chat_unanswered") }, t("chat_unanswered"))
        : conversation;
    case "clear":
      return EMPTY;
    case "open":
      return { ...EMPTY, exchanges: event.exchanges.map(settle) };
    case "stop":
      return last && isBusy(last)
        ? finish(conversation, { ...last, state: "stopped", note: t("status_stopped") }, t("status_stopped_spoken"))
        : conversation;
    case "progress":
      return last?.id === event.id && isBusy(last) ? progressed(conversation, last, event.progress) : conversation;
    case "ended":
      return last?.id === event.id && isBusy(last) ? ended(conversation, last, event.ending) : conversation;
  }
}

const ASKED = {
  answer: "",
  state: "waiting",
  speed: "",
  context: null,
  note: null,
  gpuFailed: null,
  error: null,
  request: null,
} as const;

function begin(before: readonly Exchange[], exchange: Exchange): Conversation {
  const status = starting();
  return { exchanges: [...before, exchange], status, announcement: status.announcement };
}

function progressed(conversation: Conversation, last: Exchange, progress: Progress): Conversation {
  const status = progressStatus(progress, "message") ?? conversation.status;
  const announcement = status?.announcement || conversation.announcement;
  const told = toldBy(progress, last);
  const exchanges = told ? replaceLast(conversation.exchanges, { ...last, ...told }) : conversation.exchanges;
  return { exchanges, status, announcement };
}

/** What an event changes of the answer; null when nothing. */
function toldBy(progress: Progress, last: Exchange): Partial<Exchange> | null {
  switch (progress.type) {
    case "token":
      // The first words of one that is followed are all there were: what was kept of it meanwhile is the beginning of them.
      return { state: "streaming", answer: last.state === "waiting" ? progress.text : last.answer + progress.text };
    case "gpuFailed":
      return { gpuFailed: progress.code };
    default: {
      const context = contextNow(progress, last.context);
      return context && { context };
    }
  }
}

/** What an event tells of the context; null when it tells nothing. */
function contextNow(progress: Progress, known: Exchange["context"]): Exchange["context"] {
  if (progress.type === "model") return { used: known?.used ?? 0, size: progress.model.context };
  // Told again and again while the prompt is read.
  if (progress.type === "prefill" && known && known.used !== progress.total) return { ...known, used: progress.total };
  return null;
}

function ended(conversation: Conversation, last: Exchange, ending: Ending<GenerateResult>): Conversation {
  switch (ending.type) {
    case "done": {
      // The engine may hold back the end of a character or of a stop string until it is sure; its own text is the whole one.
      const { text, stopReason, promptTokens, generatedTokens } = ending.result;
      const done: Exchange = {
        ...last,
        answer: text,
        state: "done",
        speed: speed(ending.result),
        context: last.context && { ...last.context, used: promptTokens + generatedTokens },
        note: endNote(stopReason, generatedTokens),
      };
      return finish(conversation, done, t("status_finished"));
    }
    case "cancelled":
      return finish(conversation, { ...last, state: "stopped", note: t("status_stopped") }, t("status_stopped_spoken"));
    case "error":
      return finish(conversation, { ...last, state: "error", error: ending.error }, "");
  }
}

function finish(conversation: Conversation, exchange: Exchange, announcement: string): Conversation {
  const over = { ...exchange, request: null };
  return { exchanges: replaceLast(conversation.exchanges, over), status: null, announcement };
}

const replaceLast = (exchanges: readonly Exchange[], exchange: Exchange) => [...exchanges.slice(0, -1), exchange];

/** An answer that was under way and cannot be followed ended there. */
function settle(exchange: Exchange): Exchange {
  return isBusy(exchange) && !exchange.request
    ? { ...exchange, state: "stopped", note: t("status_stopped") }
    : exchange;
}

/** What the model is asked: the whole conversation, or the last message alone for a model that only continues text. */
export function toInput(
  exchanges: readonly Pick<Exchange, "question" | "answer" | "page">[],
  systemPrompt: string,
  hasChatTemplate: boolean,
): Input {
  const last = exchanges.at(-1);
  const asked = ({ question, page }: Pick<Exchange, "question" | "page">) =>
    page ? askAbout(question, page, hasChatTemplate) : question;
  if (!hasChatTemplate) return { kind: "text", prompt: last ? asked(last) : "" };
  const messages: ChatMessage[] = [];
  if (systemPrompt.trim()) messages.push({ role: "system", content: systemPrompt });
  for (const exchange of exchanges.slice(0, -1)) {
    // Templates want the two sides in turn, so a question that got no answer is left out.
    if (!exchange.answer) continue;
    messages.push({ role: "user", content: asked(exchange) }, { role: "assistant", content: exchange.answer });
  }
  if (last) messages.push({ role: "user", content: asked(last) });
  return { kind: "chat", messages };
}
