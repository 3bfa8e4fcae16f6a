// An answer to a question about a page: passages by their vectors, and an answer out of them where there is a model to write it.

import type { Running } from "../client";
import type { ErrorInfo } from "../errors";
import type { GenerateResult, ModelRecord, Progress, Sampling } from "../protocol";
import type { PageText } from "../reading/messages";
import { parsePoints } from "./parse";
import type { Passage } from "./passages";
import type { Point } from "./points";
import { answerInput } from "./prompts";
import type { Writer } from "./write";

/** Passages that are shown, or that a model answers from. */
export const PASSAGES = 4;
const ANSWER_TOKENS = 240;

/** Passages as points: each says itself. */
export const asPoints = (passages: readonly Passage[]): Point[] =>
  passages.map(({ text, place }) => ({ text, citations: [{ place, verified: true }] }));

export type AnswerEnding =
  | { type: "done"; points: Point[] }
  | { type: "cancelled"; points: Point[] }
  | { type: "error"; points: Point[]; error: ErrorInfo };

/** Answers out of as many of the passages as the model can hold. */
export function writeAnswer(
  client: Writer,
  task: { page: PageText; question: string; passages: readonly Passage[]; model: ModelRecord; sampling: Sampling },
  onProgress: (progress: Progress, points: Point[]) => void,
): { ending: Promise<AnswerEnding>; cancel(): void } {
  const { page, question, model, sampling } = task;
  let cancelled = false;
  let current: Running<GenerateResult> | null = null;
  let points: Point[] = [];

  async function run(): Promise<AnswerEnding> {
    for (let passages = [...task.passages]; passages.length > 0; passages.pop()) {
      const among = passages.map(({ place }) => place.paragraph);
      const listed = passages.map(({ text, place }) => ({ number: place.paragraph + 1, text }));
      let written = "";
      current = client.request(
        {
          type: "generate",
          modelId: model.id,
          input: answerInput(listed, question, model.info.hasChatTemplate),
          sampling: { ...sampling, maxTokens: Math.min(sampling.maxTokens, ANSWER_TOKENS) },
        },
        (progress) => {
          if (cancelled) return;
          if (progress.type === "token") {
            written += progress.text;
            points = parsePoints(written, page, among);
          }
          onProgress(progress, points);
        },
      );
      const ending = await current.ending;
      if (cancelled || ending.type === "cancelled") return { type: "cancelled", points };
      if (ending.type === "done") return { type: "done", points: parsePoints(ending.result.text, page, among) };
      if (ending.error.code !== "context_full" || passages.length === 1)
        return { type: "error", points, error: ending.error };
    }
    return { type: "done", points: [] };
  }

  return {
    ending: run(),
    cancel() {
      cancelled = true;
      current?.cancel();
    },
  };
}
