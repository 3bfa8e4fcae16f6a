// The engine's other threads: workers that run the same module on the same memory, and help where a model computes.

/** What a worker of the crew is told: at first what to run, then which seat to take in a model's pool, and to go. */
export type Order = { module: WebAssembly.Module; memory: WebAssembly.Memory } | { seat: number } | "go";

export class Crew {
  readonly workers: Worker[] = [];
  /** Resolves when each has started, or has failed to. */
  readonly ready: Promise<void>;
  #there = 0;

  /** Starts `count` workers and waits for none: one that does not start is not missed. */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, count: number) {
    const starts: Promise<void>[] = [];
    for (let i = 0; i < count; i += 1) {
      let worker: Worker;
      try {
        worker = new Worker(new URL("./thread.js", import.meta.url), { type: "module", name: "chord-thread" });
      } catch {
        break; // Not allowed here; the engine does what there is alone.
      }
      starts.push(this.#start(worker));
      worker.postMessage({ module, memory } satisfies Order);
      this.workers.push(worker);
    }
    this.ready = Promise.all(starts).then(() => undefined);
  }

  /** How many have started. */
  get there(): number {
    return this.#there;
  }

  /** Lets them go when they have left their seats: one that is ended in the middle of something might hold a lock. */
  dismiss(): void {
    for (const worker of this.workers) worker.postMessage("go" satisfies Order);
  }

  #start(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      let there = false;
      worker.onmessage = () => {
        there = true;
        this.#there += 1;
        resolve();
      };
      // It did not start, or it has come to its end: the pool knows of the latter by the seat.
      worker.onerror = (event) => {
        event.preventDefault();
        if (there) this.#there -= 1;
        there = false;
        resolve();
      };
    });
  }
}

/**
 * How many threads compute by default, this one among them. Where there are many, hardware threads are two to a core, the
 * page and the browser want some, and one that waits for a core holds up all others.
 */
export function defaultThreads(hardwareConcurrency: number): number {
  if (!(hardwareConcurrency >= 1)) return 1; // it may be missing
  return hardwareConcurrency <= 4
    ? hardwareConcurrency
    : Math.min(16, Math.max(4, Math.floor(hardwareConcurrency / 2)));
}
