// Runs a job on a selection of any length: where it is longer than the model can hold, its beginning is used, and the
// caller is told how much. Only the engine can count tokens, so a prompt that is too long is tried again shorter; a try that
// fails costs no more than its tokenizing.

import type { Job } from "./actions";
import type { RequestBody, Running } from "./client";
import { cut, jobInput } from "./prompts";
import type { Ending, GenerateResult, ModelRecord, Progress, Sampling } from "./protocol";

/** The prompt may take this much of the context; the rest is for the answer. */
const PROMPT_SHARE = 0.75;
// Nothing written by people has more characters a token than this, so what is longer need not be tried.
const MAX_CHARS_PER_TOKEN = 8;
const SHORTER = 0.75;
const MAX_TRIES = 16;

type GenerateBody = Extract<RequestBody, { type: "generate" }>;

export interface Asker {
  request(body: GenerateBody, onProgress: (progress: Progress) => void): Running<GenerateResult>;
}

export interface JobRun {
  /** `used`: the part of the selection that the answer is about, 0 to 1. */
  readonly ending: Promise<{ ending: Ending<GenerateResult>; used: number }>;
  cancel(): void;
}

export function runJob(
  client: Asker,
  task: { job: Job; selection: string; model: ModelRecord; sampling: Sampling },
  onProgress: (progress: Progress) => void,
): JobRun {
  const { job, model, sampling } = task;
  const ask = (text: string, hear: (progress: Progress) => void) =>
    client.request(
      { type: "generate", modelId: model.id, input: jobInput(job, text, model.info.hasChatTemplate), sampling },
      hear,
    );
  return runFitted({ text: task.selection, context: model.info.contextLength, ask }, onProgress);
}

export interface Fitted {
  /** What may be cut. */
  text: string;
  /** Tokens the model holds, as far as that is known before it is loaded. */
  context: number;
  /** Asks the model with so much of the text. */
  ask: (text: string, onProgress: (progress: Progress) => void) => Running<GenerateResult>;
}

/** Asks with as much of a text as fits beside the rest of the prompt. */
export function runFitted(task: Fitted, onProgress: (progress: Progress) => void): JobRun {
  const whole = task.text.trim();
  let current: Running<GenerateResult> | null = null;
  let cancelled = false;

  async function run(): Promise<{ ending: Ending<GenerateResult>; used: number }> {
    let { context } = task;
    let length = Math.min(whole.length, context * MAX_CHARS_PER_TOKEN);
    let ending: Ending<GenerateResult> = { type: "cancelled" };
    let text = whole;
    /** Of the last try that was counted. */
    let counted: Counted | null = null;
    for (let tries = 0; tries < MAX_TRIES && !cancelled; tries += 1) {
      text = cut(whole, length);
      const last = tries === MAX_TRIES - 1;
      let overfull: number | null = null;
      const attempt = task.ask(text, (progress) => {
        if (progress.type === "model") context = progress.model.context;
        // It fits, but leaves no room for an answer.
        if (progress.type === "prefill" && !last && overfull === null && progress.total > context * PROMPT_SHARE) {
          overfull = progress.total;
          attempt.cancel();
        }
        if (overfull === null) onProgress(progress);
      });
      current = attempt;
      ending = await attempt.ending;
      if (overfull !== null && ending.type === "cancelled") {
        const now: Counted = { length: text.length, tokens: overfull };
        length = fitting(now, counted, context * PROMPT_SHARE * 0.95);
        counted = now;
      } else if (ending.type === "error" && ending.error.code === "context_full")
        length = Math.min(Math.floor(text.length * SHORTER), context * MAX_CHARS_PER_TOKEN);
      else break;
      if (length < 1) {
        // The rest of the prompt alone is too long.
        ending = { type: "error", error: { code: "context_full", message: "" } };
        break;
      }
    }
    return {
      ending: cancelled && ending.type !== "done" ? { type: "cancelled" } : ending,
      used: whole ? text.length / whole.length : 1,
    };
  }

  return {
    ending: run(),
    cancel() {
      cancelled = true;
      current?.cancel();
    },
  };
}

interface Counted {
  length: number;
  tokens: number;
}

/** The length whose prompt has `goal` tokens, by one count or two: the second tells what the rest of the prompt takes. */
function fitting(now: Counted, before: Counted | null, goal: number): number {
  const perChar = before ? (before.tokens - now.tokens) / (before.length - now.length) : now.tokens / now.length;
  const length = now.length - (now.tokens - goal) / perChar;
  return Math.floor(Math.min(length, now.length * 0.95)) || 0;
}
