// Owns the store worker: starts it when first needed, passes requests and answers on, and replaces it when it dies. What it
// has on disk outlives it: downloads that it had are there to be resumed.

import type { ErrorInfo } from "../errors";
import type { DownloadState, Ending, Progress, Work } from "../protocol";
import type { StoreCommand, StoreReport, StoreRequest } from "../store/messages";
import type { Runner } from "./queue";

/** The part of Worker that is used. */
export interface StoreWorkerLike {
  postMessage(command: StoreCommand): void;
  terminate(): void;
  onmessage: ((event: { data: StoreReport }) => void) | null;
  onerror: ((event: { message?: string; preventDefault?: () => void }) => void) | null;
}

interface Run {
  onProgress: (progress: Progress) => void;
  end: (ending: Ending) => void;
}

export interface StoreEvents {
  onDownloads: (downloads: DownloadState[]) => void;
  /** The stored models changed; what it resolves with is waited for before the request that changed them ends. */
  onStored: () => Promise<void>;
}

export interface Asked {
  ending: Promise<Ending>;
  cancel: () => void;
}

export class StoreHost {
  readonly #spawn: () => StoreWorkerLike;
  readonly #events: StoreEvents;
  readonly #runs = new Map<number, Run>();
  #worker: StoreWorkerLike | null = null;
  #downloads: DownloadState[] = [];
  #jobs = 0;
  #changes: Promise<void> = Promise.resolve();

  constructor(spawn: () => StoreWorkerLike, events: StoreEvents) {
    this.#spawn = spawn;
    this.#events = events;
  }

  ask(request: Work, onProgress: (progress: Progress) => void = () => {}): Asked {
    this.#jobs += 1;
    const job = this.#jobs;
    const worker = this.#start();
    const ending = new Promise<Ending>((resolve) => {
      const end = (how: Ending) => {
        this.#runs.delete(job);
        resolve(how);
      };
      this.#runs.set(job, { onProgress, end });
      worker.postMessage({ ...(request as StoreRequest), job }); // the lanes bring nothing else here
    });
    return { ending, cancel: () => worker.postMessage({ job, type: "cancel" }) };
  }

  /** For a queue: one request at a time. */
  runner(): Runner {
    let asked: Asked | null = null;
    return {
      run: (request, onProgress) => {
        asked = this.ask(request, onProgress);
        return asked.ending;
      },
      cancel: () => asked?.cancel(),
    };
  }

  #start(): StoreWorkerLike {
    if (this.#worker) return this.#worker;
    const worker = this.#spawn();
    this.#worker = worker;
    worker.onmessage = ({ data }) => {
      if (this.#worker === worker) this.#receive(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (this.#worker === worker) this.#lose({ code: "engine_crashed", message: event.message ?? "" });
    };
    return worker;
  }

  #receive(report: StoreReport): void {
    switch (report.type) {
      case "downloads":
        this.#downloads = report.downloads;
        this.#events.onDownloads(report.downloads);
        break;
      case "stored":
        this.#changes = this.#events.onStored();
        break;
      case "progress":
        this.#runs.get(report.job)?.onProgress(report.progress);
        break;
      case "ended": {
        const run = this.#runs.get(report.job);
        void this.#changes.then(() => run?.end(report.ending));
        break;
      }
      case "fatal":
        this.#lose(report.error);
        break;
    }
  }

  #lose(error: ErrorInfo): void {
    this.#worker?.terminate();
    this.#worker = null;
    // What was running has stopped; the next worker finds it on disk.
    if (this.#downloads.length > 0) {
      const stopped = { bytesPerSecond: null, retryAt: null, phase: "paused", error } as const;
      this.#downloads = this.#downloads.map((one) => (one.phase === "failed" ? one : { ...one, ...stopped }));
      this.#events.onDownloads(this.#downloads);
    }
    for (const run of [...this.#runs.values()]) run.end({ type: "error", error });
  }
}
