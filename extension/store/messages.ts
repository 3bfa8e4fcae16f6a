// Between the offscreen document and its store worker. Both ends are ours and share an origin, so nothing is checked here.

import type { ErrorInfo } from "../errors";
import type { DownloadState, Ending, Progress, Work } from "../protocol";

/** What the store worker answers; the rest is the engine worker's. */
export type StoreRequest = Extract<
  Work,
  { type: "import" | "export" | "rename" | "verify" | "downloads" | "download" | "steerDownload" }
>;

export type StoreCommand = { job: number } & (StoreRequest | { type: "cancel" });

export type StoreReport =
  /** Sent once at the start (the worker is ready then) and whenever something about them changes. */
  | { type: "downloads"; downloads: DownloadState[] }
  /** The stored models changed: others that know of them should look again. */
  | { type: "stored" }
  | { type: "progress"; job: number; progress: Progress }
  | { type: "ended"; job: number; ending: Ending }
  /** This worker is of no further use. */
  | { type: "fatal"; error: ErrorInfo };

/** Over a request's files channel: the worker says it is ready for a model's files, and the page answers with them; or the
 * worker hands a model's files to the page. */
export type FilesMessage = { type: "ready" } | { type: "files"; files: Blob[] };
