// Between the offscreen document and its own worker. Both ends are ours and share an origin, so nothing is checked here.

import type { ErrorInfo } from "../errors";
import type { Ending, Progress, Request, Results } from "../protocol";

/** One at a time: the offscreen document's queue sees to it. */
export type Command = { job: number } & (Exclude<Request, { type: "models" }> | { type: "cancel" });

export type Report =
  /** What is stored and loaded and what it runs on; sent once at the start (the worker is ready then) and whenever it changes. */
  | ({ type: "state" } & Results["models"])
  | { type: "progress"; job: number; progress: Progress }
  | { type: "ended"; job: number; ending: Ending }
  /** This worker is of no further use. */
  | { type: "fatal"; error: ErrorInfo };

/** Over the import channel: the worker says it is ready for the model's files; the page answers with them. */
export type ImportMessage = { type: "ready" } | { type: "files"; files: File[] };
