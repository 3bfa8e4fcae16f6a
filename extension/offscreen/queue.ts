// One engine, many who ask: jobs run one at a time in the order they came. Each ends exactly once, whatever happens.

import { toErrorInfo } from "../errors";
import type { Ending, Progress, Work } from "../protocol";

export interface Job {
  /** Whose job it is: ids are only unique per owner. */
  readonly owner: object;
  readonly request: Work;
  readonly onProgress: (progress: Progress) => void;
  readonly onEnding: (ending: Ending) => void;
}

/** Does one job at a time. `cancel` makes the `run` under way end soon. */
export interface Runner {
  run(request: Work, onProgress: (progress: Progress) => void): Promise<Ending>;
  cancel(): void;
}

export class JobQueue {
  readonly #runner: Runner;
  #waiting: Job[] = [];
  #running: Job | null = null;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  add(job: Job): void {
    this.#waiting.push(job);
    if (this.#running) this.#tellPlaces();
    else this.#next();
  }

  cancel(owner: object, id: string): void {
    this.#cancelWhere((job) => job.owner === owner && job.request.id === id);
  }

  /** Its port is gone: nobody would hear the answers. */
  dropOwner(owner: object): void {
    this.#cancelWhere((job) => job.owner === owner);
  }

  #cancelWhere(matches: (job: Job) => boolean): void {
    const dropped = this.#waiting.filter(matches);
    this.#waiting = this.#waiting.filter((job) => !matches(job));
    for (const job of dropped) job.onEnding({ type: "cancelled" });
    if (dropped.length > 0) this.#tellPlaces();
    if (this.#running && matches(this.#running)) this.#runner.cancel();
  }

  #next(): void {
    const job = this.#waiting.shift();
    if (!job) return;
    this.#running = job;
    this.#tellPlaces();
    job.onProgress({ type: "started" });
    void this.#run(job);
  }

  async #run(job: Job): Promise<void> {
    let ending: Ending;
    try {
      ending = await this.#runner.run(job.request, job.onProgress);
    } catch (error) {
      ending = { type: "error", error: toErrorInfo(error) };
    }
    this.#running = null;
    job.onEnding(ending);
    this.#next();
  }

  #tellPlaces(): void {
    const before = this.#running ? 1 : 0;
    this.#waiting.forEach((job, place) => {
      job.onProgress({ type: "queued", ahead: place + before });
    });
  }
}
