// Queues side by side, each for one worker: reading pages and storing models wait for no answer, and no answer for them.

import type { Work } from "../protocol";
import type { Job, JobQueue } from "./queue";
import type { StoreHost } from "./store-host";

/** What a port needs of a queue. */
export type Lane = Pick<JobQueue, "add" | "cancel" | "dropOwner">;

/** `steering` has what is over in a moment, and must not wait behind an import. */
type LaneName = "engine" | "embedder" | "store" | "steering";

const LANES: Record<Work["type"], LaneName> = {
  models: "engine",
  delete: "engine",
  generate: "engine",
  embed: "embedder",
  import: "store",
  verify: "store",
  export: "steering",
  rename: "steering",
  downloads: "steering",
  download: "steering",
  steerDownload: "steering",
};

export class Lanes implements Lane {
  readonly #lanes: Record<LaneName, Lane>;

  constructor(lanes: Record<LaneName, Lane>) {
    this.#lanes = lanes;
  }

  add(job: Job): void {
    this.#lanes[LANES[job.request.type]].add(job);
  }

  cancel(owner: object, id: string): void {
    for (const lane of Object.values(this.#lanes)) lane.cancel(owner, id);
  }

  dropOwner(owner: object): void {
    for (const lane of Object.values(this.#lanes)) lane.dropOwner(owner);
  }
}

/** No queue at all. What was asked is done even if nobody waits for the answer any more. */
export class AtOnce implements Lane {
  readonly #store: { ask: (request: Work) => Pick<ReturnType<StoreHost["ask"]>, "ending"> };

  constructor(store: Pick<StoreHost, "ask">) {
    this.#store = store;
  }

  add({ request, onEnding }: Job): void {
    void this.#store.ask(request).ending.then(onEnding);
  }

  cancel(): void {}

  dropOwner(): void {}
}
