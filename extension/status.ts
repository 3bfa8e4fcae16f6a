// What is going on, in words. The sentence is for the eye and counts; the announcement is for screen readers and changes only
// when something else begins.

import { percent } from "./format";
import type { GenerateResult, Progress } from "./protocol";

export interface Status {
  sentence: string;
  announcement: string;
}

export const STARTING: Status = { sentence: "Starting the engine…", announcement: "Starting the engine" };

/** `what` is being read: "your message", "the selection". Null when this step changes nothing worth saying. */
export function progressStatus(progress: Progress, what: string): Status | null {
  switch (progress.type) {
    case "queued":
      return {
        sentence: "Waiting for another answer to finish…",
        announcement: "Waiting for another answer to finish",
      };
    case "started":
      return { sentence: "Starting…", announcement: "" };
    case "progress": {
      const doing = progress.stage === "load" ? "Loading model" : "Storing model";
      return { sentence: `${doing}… ${percent(progress.bytes, progress.total)}`, announcement: doing };
    }
    case "prefill":
      return {
        sentence: `Reading ${what}… ${progress.done} of ${progress.total} tokens`,
        announcement: `Reading ${what}`,
      };
    case "token":
      return {
        sentence: `Writing… ${progress.tokens} ${progress.tokens === 1 ? "token" : "tokens"}`,
        announcement: "Writing",
      };
    case "model":
    case "embedded": // who asks for vectors has words of their own for it
      return null;
  }
}

/** Why an answer ended before the model was finished, if it did. */
export function endNote(reason: GenerateResult["stopReason"], tokens: number): string | null {
  switch (reason) {
    case "length":
      return `Stopped at the maximum length (${tokens} tokens).`;
    case "context":
      return "Stopped: the model can hold no more text.";
    case "cancelled":
      return "Stopped.";
    case "end":
    case "stop":
      return null;
  }
}
