// Carries out what is asked of the store. Its long jobs (import, verify) come one at a time; downloads go on beside them.

import type { Engine } from "chord-engine";
import { ChordError, toErrorInfo } from "../errors";
import { type Ending, filesChannel } from "../protocol";
import type { Downloads } from "./downloads";
import type { FilesMessage, StoreCommand, StoreReport, StoreRequest } from "./messages";

type EngineApi = Pick<Engine, "importModel" | "modelFiles" | "renameModel" | "verifyModel" | "cancel">;

export class StoreJobs {
  readonly #engine: EngineApi;
  readonly #downloads: Downloads;
  readonly #report: (report: StoreReport) => void;
  /** The long job under way; what to do to end it. */
  #running: { job: number; stop: () => void } | null = null;

  constructor(engine: EngineApi, downloads: Downloads, report: (report: StoreReport) => void) {
    this.#engine = engine;
    this.#downloads = downloads;
    this.#report = report;
  }

  async handle(command: StoreCommand): Promise<void> {
    if (command.type === "cancel") {
      if (this.#running?.job === command.job) this.#running.stop();
      return;
    }
    const { job } = command;
    if (command.type === "import" || command.type === "verify")
      this.#running = { job, stop: () => this.#engine.cancel() };
    let ending: Ending;
    try {
      ending = { type: "done", result: await this.#carryOut(job, command) };
    } catch (error) {
      // A trap leaves the wasm instance in an unknown state: nothing may be called on it again.
      if (error instanceof WebAssembly.RuntimeError)
        return this.#report({ type: "fatal", error: { code: "engine_crashed", message: error.message } });
      const info = toErrorInfo(error);
      ending = info.code === "cancelled" ? { type: "cancelled" } : { type: "error", error: info };
    }
    if (this.#running?.job === job) this.#running = null;
    this.#report({ type: "ended", job, ending });
  }

  async #carryOut(job: number, command: StoreRequest) {
    const progress = (stage: "import" | "verify") => (p: { bytes: number; total: number }) =>
      this.#report({ type: "progress", job, progress: { type: "progress", stage, bytes: p.bytes, total: p.total } });
    switch (command.type) {
      case "import": {
        const files = await this.#receiveFiles(job, command.id);
        const record = await this.#engine.importModel(files, command.name, progress("import"));
        this.#report({ type: "stored" });
        return record;
      }
      case "export":
        handOver(command.id, await this.#engine.modelFiles(command.modelId));
        return null;
      case "rename": {
        const record = await this.#engine.renameModel(command.modelId, command.name);
        this.#report({ type: "stored" });
        return record;
      }
      case "verify": {
        const result = await this.#engine.verifyModel(command.modelId, progress("verify"));
        this.#report({ type: "stored" }); // it may have recorded the digests
        return result;
      }
      case "downloads":
        return this.#downloads.list();
      case "download":
        return await this.#downloads.start(command);
      case "steerDownload":
        await this.#downloads.steer(command);
        return null;
    }
  }

  /** The page that asked holds the files; they come over the request's own channel once its turn has come. */
  async #receiveFiles(job: number, requestId: string): Promise<Blob[]> {
    const channel = new BroadcastChannel(filesChannel(requestId));
    try {
      return await new Promise<Blob[]>((resolve, reject) => {
        this.#running = { job, stop: () => reject(new ChordError("cancelled")) };
        channel.onmessage = ({ data }: MessageEvent<FilesMessage>) => {
          if (data.type === "files") resolve(data.files);
        };
        channel.postMessage({ type: "ready" } satisfies FilesMessage);
      });
    } finally {
      channel.close();
      if (this.#running?.job === job) this.#running = { job, stop: () => this.#engine.cancel() };
    }
  }
}

function handOver(requestId: string, files: Blob[]): void {
  const channel = new BroadcastChannel(filesChannel(requestId));
  channel.postMessage({ type: "files", files } satisfies FilesMessage);
  channel.close();
}
