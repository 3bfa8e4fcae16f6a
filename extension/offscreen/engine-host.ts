// Owns the engine worker: starts it when first needed, hands it one command at a time, and replaces it when it dies, so that
// one crash costs one answer. A GPU's failure does not cost even that: the answer goes on in a worker that has none, after the
// tokens that are there.

import type { ErrorInfo } from "../errors";
import { type ComputeOn, type Ending, GPU_FAILURES, type Progress, type Results, type Work } from "../protocol";
import type { Command, EngineRequest, Report } from "../worker/messages";
import type { Runner } from "./queue";
import { Written } from "./written";

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
  /** Where models are to run as long as nothing else is said. */
  computeOn?: ComputeOn;
}

interface Run {
  job: number;
  request: EngineRequest;
  written: Written;
  /** It began on a GPU and goes on without one: once is enough. */
  moved: boolean;
  onProgress: (progress: Progress) => void;
  end: (ending: Ending) => void;
  cancelled: boolean;
  sent: boolean;
  grace: ReturnType<typeof setTimeout> | undefined;
}

export class EngineHost implements Runner {
  readonly #spawn: (on: ComputeOn) => WorkerLike;
  readonly #onState: (state: State) => void;
  #worker: WorkerLike | null = null;
  #ready: Promise<State> | null = null;
  #accept: ((state: State) => void) | null = null;
  #refuse: ((error: ErrorInfo) => void) | null = null;
  #state: State | null = null;
  #run: Run | null = null;
  #jobs = 0;
  #computeOn: ComputeOn;
  /** A GPU that has failed is left alone until the person wants it again. */
  #gpuFailed: ErrorInfo | null = null;
  /** The worker runs where it should not any more, and goes when its job is done. */
  #outdated = false;
  readonly #idleMs: number;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** Who waits for the next word of what is stored. */
  #waiting: (() => void)[] = [];

  constructor(
    spawn: (on: ComputeOn) => WorkerLike,
    onState: (state: State) => void = () => {},
    { idleMs = Number.POSITIVE_INFINITY, computeOn = "auto" }: HostOptions = {},
  ) {
    this.#spawn = spawn;
    this.#onState = onState;
    this.#idleMs = idleMs;
    this.#computeOn = computeOn;
  }

  /** Where models are to run from now on. A job under way stays where it is. */
  setComputeOn(on: ComputeOn): void {
    if (on === this.#computeOn) return;
    this.#computeOn = on;
    this.#outdate();
  }

  /** Gives a GPU that has failed another try, from the next job on. */
  retryGpu(): void {
    if (this.#gpuFailed) this.#outdate();
  }

  #outdate(): void {
    this.#gpuFailed = null;
    this.#outdated = this.#worker !== null;
    this.#renew();
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
    return new Promise<Ending>((resolve) => {
      const end = (ending: Ending) => {
        clearTimeout(run.grace);
        this.#run = null;
        if (this.#idleMs < Number.POSITIVE_INFINITY) this.#idle = setTimeout(() => this.#retire(), this.#idleMs);
        resolve(run.written.ended(ending));
        this.#renew();
      };
      const run: Run = {
        job: this.#jobs,
        request: request as EngineRequest, // the lanes bring nothing else here
        written: new Written(),
        moved: false,
        onProgress,
        end,
        cancelled: false,
        sent: false,
        grace: undefined,
      };
      this.#run = run;
      this.#send(run);
    });
  }

  #send(run: Run): void {
    run.sent = false;
    this.#start().then(
      () => {
        if (this.#run !== run || run.sent) return; // the worker died meanwhile
        if (run.cancelled) return run.end({ type: "cancelled" });
        run.sent = true;
        this.#worker?.postMessage({
          ...run.request,
          job: run.job,
          ...(run.moved && { written: run.written.takeOver() }),
        });
      },
      (error: ErrorInfo) => {
        if (this.#run === run) run.end(run.cancelled ? { type: "cancelled" } : { type: "error", error });
      },
    );
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
      this.#accept = resolve;
      this.#refuse = reject;
      this.#newWorker();
    });
    return this.#ready;
  }

  #newWorker(): void {
    const worker = this.#spawn(this.#gpuFailed ? "cpu" : this.#computeOn);
    this.#worker = worker;
    this.#outdated = false;
    worker.onmessage = ({ data }) => {
      if (this.#worker === worker) this.#receive(data); // or it is a late word from one already replaced
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (this.#worker !== worker) return;
      const code = this.#state ? "engine_crashed" : "engine_failed";
      this.#lose({ code, message: event.message ?? "" });
    };
  }

  #receive(report: Report): void {
    switch (report.type) {
      case "state":
        this.#state = {
          models: report.models,
          loaded: report.loaded,
          engine: report.engine,
          ...(this.#gpuFailed && { gpuFailed: this.#gpuFailed }),
        };
        this.#onState(this.#state);
        this.#wake();
        this.#accept?.(this.#state);
        this.#renew();
        break;
      case "progress":
        if (this.#run?.job === report.job && !this.#run.cancelled)
          this.#run.onProgress(this.#run.written.told(report.progress));
        break;
      case "ended":
        if (this.#run?.job === report.job) this.#ended(this.#run, report.ending);
        break;
      case "fatal":
        this.#lose(report.error);
        break;
    }
  }

  #ended(run: Run, ending: Ending): void {
    if (ending.type === "error" && this.#moves(run, ending.error)) return;
    run.end(run.cancelled && ending.type === "error" ? { type: "cancelled" } : ending);
  }

  /** The worker is of no further use. */
  #lose(error: ErrorInfo): void {
    const starting = this.#state === null;
    if (starting && !this.#gpuFailed && this.#computeOn !== "cpu" && !this.#run?.cancelled) {
      // It may have been the GPU; the processor will tell.
      this.#gpuFailed = { code: "engine_failed", message: error.message };
      this.#worker?.terminate();
      this.#newWorker();
      return;
    }
    if (starting && this.#gpuFailed?.code === "engine_failed") this.#gpuFailed = null; // it was something else
    if (this.#run && this.#moves(this.#run, error)) return;
    this.#replace({ type: "error", error });
  }

  /** Has an answer go on on the processor, if it is the GPU that failed it. */
  #moves(run: Run, error: ErrorInfo): boolean {
    const code = GPU_FAILURES.find((one) => one === error.code);
    const onGpu = this.#state?.engine.build === "gpu";
    if (!code || !onGpu || run.moved || run.cancelled || run.request.type !== "generate") return false;
    run.moved = true;
    this.#gpuFailed = error;
    this.#drop();
    run.onProgress({ type: "gpuFailed", code });
    this.#send(run);
    return true;
  }

  /** Starts a worker where models are to run now, once the one that runs elsewhere has nothing to do. */
  #renew(): void {
    if (!this.#outdated || this.#run || !this.#state) return;
    this.#replace({ type: "cancelled" });
    this.#start().catch(() => {}); // who asks next is told
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
    this.#drop();
    this.#refuse?.(why.type === "error" ? why.error : { code: "engine_lost", message: "" });
    this.#refuse = null;
    const run = this.#run;
    if (run) run.end(run.cancelled ? { type: "cancelled" } : why);
  }

  #drop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = null;
    this.#outdated = false;
    if (this.#state?.loaded) this.#onState({ ...this.#state, loaded: undefined });
    this.#state = null;
    this.#wake();
  }
}

const done = (result: State): Ending => ({ type: "done", result });
const failed = (error: ErrorInfo): Ending => ({ type: "error", error });
