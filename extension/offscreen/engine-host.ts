// Owns the engine worker: starts it when first needed, hands it one command at a time, and replaces it when it dies, so that
// one crash costs one answer.

import type { ErrorInfo } from "../errors";
import type { Ending, Progress, Results, Work } from "../protocol";
import type { Command, EngineRequest, Report } from "../worker/messages";
import type { Runner } from "./queue";

/** The part of Worker that is used. */
export interface WorkerLike {
  postMessage(command: Command): void;
  terminate(): void;
  onmessage: ((event: { data: Report }) => void) | null;
  onerror: ((event: { message?: string; preventDefault?: () => void }) => void) | null;
}

// The engine looks for a cancel between steps. One that does not come back from a step in this time is not waited for: the
// worker goes, and with it the loaded model.
const CANCEL_GRACE_MS = 10_000;

type State = Results["models"];
type Dying = { type: "error"; error: ErrorInfo } | { type: "cancelled" };

export interface HostOptions {
  /** How long a worker without a job is kept; for ever when left out. */
  idleMs?: number;
}

interface Run {
  job: number;
  onProgress: (progress: Progress) => void;
  end: (ending: Ending) => void;
  cancelled: boolean;
  sent: boolean;
  grace: ReturnType<typeof setTimeout> | undefined;
}

export class EngineHost implements Runner {
  readonly #spawn: () => WorkerLike;
  readonly #onState: (state: State) => void;
  #worker: WorkerLike | null = null;
  #ready: Promise<State> | null = null;
  #refuse: ((error: ErrorInfo) => void) | null = null;
  #state: State | null = null;
  #run: Run | null = null;
  #jobs = 0;
  readonly #idleMs: number;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** Who waits for the next word of what is stored. */
  #waiting: (() => void)[] = [];

  constructor(
    spawn: () => WorkerLike,
    onState: (state: State) => void = () => {},
    { idleMs = Number.POSITIVE_INFINITY }: HostOptions = {},
  ) {
    this.#spawn = spawn;
    this.#onState = onState;
    this.#idleMs = idleMs;
  }

  /** What is stored and loaded, known without disturbing a job under way. Rejects with ErrorInfo when no worker starts. */
  async models(): Promise<State> {
    return this.#state ?? (await this.#start());
  }

  /** Has the engine look at the stored models again: somebody else has changed them. Nothing to do while there is none. */
  async refresh(): Promise<void> {
    const worker = this.#worker;
    if (!worker || !this.#state) return;
    const seen = new Promise<void>((resolve) => this.#waiting.push(resolve));
    worker.postMessage({ job: 0, type: "refresh" });
    await seen;
  }

  async run(request: Work, onProgress: (progress: Progress) => void): Promise<Ending> {
    if (request.type === "models") return this.models().then(done, failed);
    clearTimeout(this.#idle);
    this.#jobs += 1;
    const job = this.#jobs;
    return new Promise<Ending>((resolve) => {
      const end = (ending: Ending) => {
        clearTimeout(run.grace);
        this.#run = null;
        if (this.#idleMs < Number.POSITIVE_INFINITY) this.#idle = setTimeout(() => this.#retire(), this.#idleMs);
        resolve(ending);
      };
      const run: Run = { job, onProgress, end, cancelled: false, sent: false, grace: undefined };
      this.#run = run;
      this.#start().then(
        () => {
          if (this.#run !== run) return; // the worker died meanwhile
          if (run.cancelled) return end({ type: "cancelled" });
          run.sent = true;
          this.#worker?.postMessage({ ...(request as EngineRequest), job }); // the lanes bring nothing else here
        },
        (error: ErrorInfo) => {
          if (this.#run === run) end(run.cancelled ? { type: "cancelled" } : { type: "error", error });
        },
      );
    });
  }

  cancel(): void {
    const run = this.#run;
    if (!run || run.cancelled) return;
    run.cancelled = true;
    if (run.sent) this.#worker?.postMessage({ job: run.job, type: "cancel" });
    run.grace = setTimeout(() => this.#replace({ type: "cancelled" }), CANCEL_GRACE_MS);
  }

  #start(): Promise<State> {
    this.#ready ??= new Promise<State>((resolve, reject) => {
      this.#refuse = reject;
      const worker = this.#spawn();
      this.#worker = worker;
      worker.onmessage = ({ data }) => {
        if (this.#worker !== worker) return; // a late word from one already replaced
        this.#receive(data);
        if (this.#state) resolve(this.#state);
      };
      worker.onerror = (event) => {
        event.preventDefault?.();
        if (this.#worker !== worker) return;
        const code = this.#state ? "engine_crashed" : "engine_failed";
        this.#replace({ type: "error", error: { code, message: event.message ?? "" } });
      };
    });
    return this.#ready;
  }

  #receive(report: Report): void {
    switch (report.type) {
      case "state":
        this.#state = { models: report.models, loaded: report.loaded, engine: report.engine };
        this.#onState(this.#state);
        this.#wake();
        break;
      case "progress":
        if (this.#run?.job === report.job && !this.#run.cancelled) this.#run.onProgress(report.progress);
        break;
      case "ended":
        if (this.#run?.job === report.job) this.#run.end(report.ending);
        break;
      case "fatal":
        this.#replace({ type: "error", error: report.error });
        break;
    }
  }

  /** Lets a worker go that nobody has asked for anything in a while. */
  #retire(): void {
    if (!this.#run) this.#replace({ type: "cancelled" });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Ends the worker and the job it had. The next job starts a new one. */
  #replace(why: Dying): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = null;
    if (this.#state?.loaded) this.#onState({ ...this.#state, loaded: undefined });
    this.#state = null;
    this.#refuse?.(why.type === "error" ? why.error : { code: "engine_lost", message: "" });
    this.#refuse = null;
    this.#wake();
    const run = this.#run;
    if (run) run.end(run.cancelled ? { type: "cancelled" } : why);
  }
}

const done = (result: State): Ending => ({ type: "done", result });
const failed = (error: ErrorInfo): Ending => ({ type: "error", error });
