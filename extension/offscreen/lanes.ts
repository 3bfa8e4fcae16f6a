// Two queues side by side: the built-in model reads pages in a worker of its own, so that it waits for no answer and puts no
// loaded model out of memory.

import type { Job, JobQueue } from "./queue";

/** What a port needs of a queue. */
export type Lane = Pick<JobQueue, "add" | "cancel" | "dropOwner">;

export class Lanes implements Lane {
  readonly #engine: Lane;
  readonly #embedder: Lane;

  constructor(engine: Lane, embedder: Lane) {
    this.#engine = engine;
    this.#embedder = embedder;
  }

  add(job: Job): void {
    (job.request.type === "embed" ? this.#embedder : this.#engine).add(job);
  }

  cancel(owner: object, id: string): void {
    this.#engine.cancel(owner, id);
    this.#embedder.cancel(owner, id);
  }

  dropOwner(owner: object): void {
    this.#engine.dropOwner(owner);
    this.#embedder.dropOwner(owner);
  }
}
