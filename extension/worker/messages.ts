// Between the offscreen document and its own worker. Both ends are ours and share an origin, so nothing is checked here.

import type { ErrorInfo } from "../errors";
import type { Ending, Progress, Results, Work } from "../protocol";
import type { StoreRequest } from "../store/messages";

/** What the engine worker answers; the rest is the store worker's. */
export type EngineRequest = Exclude<Work, { type: "models" } | StoreRequest>;

/** Tokens of the answer that another engine has generated already: it goes on after them. */
type GoesOn = { written?: readonly number[] };

/** One at a time: the offscreen document's queue sees to it. `refresh` asks for a new report of the state, at any time. */
export type Command = { job: number } & ((EngineRequest & GoesOn) | { type: "cancel" | "refresh" });

export type Report =
  /** What is stored and loaded and what it runs on; sent once at the start (the worker is ready then) and whenever it changes. */
  | ({ type: "state" } & Results["models"])
  | { type: "progress"; job: number; progress: Progress }
  | { type: "ended"; job: number; ending: Ending }
  /** This worker is of no further use. */
  | { type: "fatal"; error: ErrorInfo };
