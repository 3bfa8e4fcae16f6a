// Carries out commands on the engine, one at a time, and reports each one's progress and ending.

import type { Engine } from "chord-engine";
import { BUILT_IN, builtInModel } from "../built-in";
import { ChordError, toErrorInfo } from "../errors";
import { type Ending, type EngineStatus, engineRequest, type LoadedModel, type Progress } from "../protocol";
import { packVectors } from "../vectors";
import type { Command, Report } from "./messages";

type EngineApi = Pick<
  Engine,
  "models" | "deleteModel" | "load" | "loadFile" | "unload" | "loaded" | "generate" | "embed" | "cancel"
>;

// Texts take a few milliseconds each; nobody can see more than this.
const TELL_MS = 40;

function throttle(tell: (done: number) => void): (done: number) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (done) => {
    const now = performance.now();
    if (now - told < TELL_MS) return;
    told = now;
    tell(done);
  };
}

export class Jobs {
  readonly #engine: EngineApi;
  readonly #status: () => EngineStatus;
  readonly #report: (report: Report) => void;
  readonly #profile: boolean;
  #running: { job: number; cancelled: boolean } | null = null;

  constructor(engine: EngineApi, status: () => EngineStatus, report: (report: Report) => void, profile = false) {
    this.#engine = engine;
    this.#status = status;
    this.#report = report;
    this.#profile = profile;
  }

  /** Tells the host what is stored and loaded, and what it runs on. */
  async reportState(): Promise<void> {
    const models = await this.#engine.models();
    this.#report({ type: "state", models, loaded: this.#engine.loaded(), engine: this.#status() });
  }

  async handle(command: Command): Promise<void> {
    if (!("id" in command)) return command.type === "refresh" ? this.reportState() : this.#cancel(command.job);
    this.#running = { job: command.job, cancelled: false };
    let ending: Ending;
    try {
      ending = await this.#carryOut(command);
    } catch (error) {
      // A trap leaves the wasm instance in an unknown state: nothing may be called on it again.
      if (error instanceof WebAssembly.RuntimeError) {
        return this.#report({ type: "fatal", error: { code: "engine_crashed", message: error.message } });
      }
      const info = toErrorInfo(error);
      ending = info.code === "cancelled" ? { type: "cancelled" } : { type: "error", error: info };
    }
    this.#running = null;
    this.#report({ type: "ended", job: command.job, ending });
  }

  async #carryOut(command: Extract<Command, { id: string }>): Promise<Ending> {
    const { job } = command;
    switch (command.type) {
      case "delete": {
        if (this.#engine.loaded()?.id === command.modelId) this.#engine.unload();
        await this.#engine.deleteModel(command.modelId);
        await this.reportState();
        return { type: "done", result: null };
      }
      case "generate": {
        const model = await this.#load(job, command.modelId);
        this.#progress(job, { type: "model", model });
        this.#stopIfCancelled();
        const request = {
          ...engineRequest(command.input, command.sampling),
          profile: this.#profile,
          ...(command.written && { written: [...command.written] }),
        };
        const result = await this.#engine.generate(request, (event) => this.#progress(job, event));
        return result.stopReason === "cancelled" ? { type: "cancelled" } : { type: "done", result };
      }
      case "embed": {
        await this.#loadBuiltIn();
        this.#stopIfCancelled();
        const { texts } = command;
        const told = throttle((done) => this.#progress(job, { type: "embedded", done, total: texts.length }));
        const { embeddings } = await this.#engine.embed(texts, told);
        return { type: "done", result: packVectors(BUILT_IN.name, embeddings) };
      }
    }
  }

  async #load(job: number, modelId: string): Promise<LoadedModel> {
    const loaded = this.#engine.loaded();
    if (loaded?.id === modelId) return loaded;
    if (loaded) {
      // The old one goes first: two models at once may not fit the memory.
      this.#engine.unload();
      await this.reportState();
    }
    const model = await this.#engine.load(modelId, undefined, ({ bytes, total, kernels }) =>
      this.#progress(
        job,
        kernels ? { type: "kernels", ...kernels } : { type: "progress", stage: "load", bytes, total },
      ),
    );
    await this.reportState();
    return model;
  }

  /** The built-in model, if it is not there already. It runs in a worker of its own: whatever is loaded there is it. */
  async #loadBuiltIn(): Promise<void> {
    if (this.#engine.loaded()) return;
    await this.#engine.loadFile(await builtInModel(), BUILT_IN.name, undefined, () => {});
  }

  #cancel(job: number): void {
    if (this.#running?.job !== job) return;
    this.#running.cancelled = true;
    this.#engine.cancel();
  }

  #stopIfCancelled(): void {
    if (this.#running?.cancelled) throw new ChordError("cancelled");
  }

  #progress(job: number, progress: Progress): void {
    this.#report({ type: "progress", job, progress });
  }
}
