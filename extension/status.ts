// What is going on, in words. The sentence is for the eye and counts; the announcement is for screen readers and changes only
// when something else begins.

import { percent } from "./format";
import { number, plural, t } from "./i18n";
import type { GenerateResult, GpuFailure, Progress } from "./protocol";

export interface Status {
  sentence: string;
  announcement: string;
}

/** What a prompt is made of. */
export type Read = "message" | "selection" | "page";

/** Something that takes time, and how far it is where that is known. */
export function goingOn(announcement: string, far = ""): Status {
  const sentence = far ? t("status_going_on_by", announcement, far) : t("status_going_on", announcement);
  return { sentence, announcement };
}

export const starting = () => goingOn(t("status_starting_engine"));

/** `what` is being read. Null when this step changes nothing worth saying. */
export function progressStatus(progress: Progress, what: Read): Status | null {
  switch (progress.type) {
    case "queued":
      return goingOn(t("status_waiting"));
    case "started":
      return { ...goingOn(t("status_starting")), announcement: "" };
    case "progress":
      return goingOn(
        progress.stage === "load" ? t("status_loading") : t("status_storing"),
        percent(progress.bytes, progress.total),
      );
    case "kernels":
      return goingOn(t("status_preparing_gpu"), t("status_part_of", number(progress.done), number(progress.total)));
    case "prefill":
      return goingOn(t(`status_reading_${what}`), t("status_tokens_of", number(progress.done), number(progress.total)));
    case "token":
      return goingOn(t("status_writing"), plural("status_tokens", progress.tokens));
    case "gpuFailed":
      return { ...goingOn(t("status_moving")), announcement: gpuNote(progress.code) };
    case "model":
    case "embedded": // who asks for vectors has words of their own for it
      return null;
  }
}

/** That an answer has gone on elsewhere, and why. */
export const gpuNote = (code: GpuFailure) => t(`status_gpu_${code}`);

/** Why an answer ended before the model was finished, if it did. */
export function endNote(reason: GenerateResult["stopReason"], tokens: number): string | null {
  switch (reason) {
    case "length":
      return plural("status_length", tokens);
    case "context":
      return t("status_context");
    case "cancelled":
      return t("status_stopped");
    case "end":
    case "stop":
      return null;
  }
}
