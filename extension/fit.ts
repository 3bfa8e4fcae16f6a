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
  const whole = task.selection.trim();
  let current: Running<GenerateResult> | null = null;
  let cancelled = false;

  async function run(): Promise<{ ending: Ending<GenerateResult>; used: number }> {
    let context = model.info.contextLength;
    let length = Math.min(whole.length, context * MAX_CHARS_PER_TOKEN);
    let ending: Ending<GenerateResult> = { type: "cancelled" };
    let text = whole;
    for (let tries = 0; tries < MAX_TRIES && !cancelled; tries += 1) {
      text = cut(whole, length);
      const last = tries === MAX_TRIES - 1;
      let overfull: number | null = null;
      const attempt = client.request(
        { type: "generate", modelId: model.id, input: jobInput(job, text, model.info.hasChatTemplate), sampling },
        (progress) => {
          if (progress.type === "model") context = progress.model.context;
          // It fits, but leaves no room for an answer.
          if (progress.type === "prefill" && !last && overfull === null && progress.total > context * PROMPT_SHARE) {
            overfull = progress.total;
            attempt.cancel();
          }
          if (overfull === null) onProgress(progress);
        },
      );
      current = attempt;
      ending = await attempt.ending;
      if (overfull !== null && ending.type === "cancelled")
        length = Math.floor(text.length * ((context * PROMPT_SHARE) / overfull) * 0.95);
      else if (ending.type === "error" && ending.error.code === "context_full")
        length = Math.floor(text.length * SHORTER);
      else break;
      if (length < 1) break;
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
