// Stand-ins for what the browser gives: ports, workers, and the small helpers that tests of both share.

import type { PortLike } from "../../extension/client";
import type { WorkerLike } from "../../extension/offscreen/engine-host";
import type { EngineStatus, GenerateResult, LoadedModel, ModelRecord, Sampling, Work } from "../../extension/protocol";
import type { Sender } from "../../extension/senders";
import type { Command, Report } from "../../extension/worker/messages";

export const ID = "abcdefghijklmnop";
export const ORIGIN = `chrome-extension://${ID}`;
export const PAGE: Sender = { id: ID, origin: ORIGIN, url: `${ORIGIN}/popup/index.html` };
export const CONTENT: Sender = { id: ID, origin: "https://example.com", url: "https://example.com/a", tab: { id: 7 } };

/** One end of a port; `receive` and `drop` are what the other end does. */
export class FakePort implements PortLike {
  readonly sent: unknown[] = [];
  closed = false;
  sender: Sender | undefined;
  #messages: ((message: unknown) => void)[] = [];
  #disconnects: (() => void)[] = [];
  onMessage = { addListener: (listener: (message: unknown) => void) => void this.#messages.push(listener) };
  onDisconnect = { addListener: (listener: () => void) => void this.#disconnects.push(listener) };

  constructor(sender?: Sender) {
    this.sender = sender;
  }

  postMessage(message: unknown): void {
    if (this.closed) throw new Error("Attempting to use a disconnected port object");
    // A port carries JSON: what JSON drops, the other side does not get.
    this.sent.push(JSON.parse(JSON.stringify(message)));
  }

  disconnect(): void {
    this.closed = true;
  }

  receive(message: unknown): void {
    for (const listener of this.#messages) listener(JSON.parse(JSON.stringify(message)));
  }

  drop(): void {
    this.closed = true;
    for (const listener of this.#disconnects) listener();
  }
}

export const STATUS: EngineStatus = { build: "threads", threads: 2 };
export const ON_GPU: EngineStatus = {
  build: "gpu",
  threads: 1,
  gpu: { name: "Radeon", tier: "subgroups", dp4a: false, software: false },
};

export class FakeWorker implements WorkerLike {
  readonly commands: Command[] = [];
  terminated = false;
  onmessage: WorkerLike["onmessage"] = null;
  onerror: WorkerLike["onerror"] = null;

  postMessage(command: Command): void {
    this.commands.push(command);
  }

  terminate(): void {
    this.terminated = true;
  }

  report(report: Report): void {
    this.onmessage?.({ data: report });
  }

  ready(models: ModelRecord[] = [], loaded?: LoadedModel, engine: EngineStatus = STATUS): void {
    this.report({ type: "state", models, loaded, engine });
  }
}

/** Lets everything that is already due happen. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export const SAMPLING: Sampling = {
  maxTokens: 64,
  temperature: 0,
  topK: 40,
  topP: 0.9,
  minP: 0.05,
  repetitionPenalty: 1,
};

export const GENERATE: Work = {
  id: "1",
  type: "generate",
  modelId: "m",
  input: { kind: "text", prompt: "" },
  sampling: SAMPLING,
};

export const RESULT: GenerateResult = {
  text: "",
  stopReason: "end",
  promptTokens: 4,
  cachedTokens: 0,
  generatedTokens: 3,
  prefillTokensPerSecond: 100,
  decodeTokensPerSecond: 31,
  firstTokenMs: 412,
};

export function model(id: string, change: Partial<ModelRecord["info"]> = {}, addedAt = 0): ModelRecord {
  const info: ModelRecord["info"] = {
    name: id,
    kind: "generator",
    architecture: "llama",
    parameters: 260_000,
    weightBytes: 1_000_000,
    quantization: "F32",
    contextLength: 512,
    vocabSize: 512,
    layers: 5,
    hasChatTemplate: true,
    ...change,
  };
  return { id, name: id, size: 1_000_000, addedAt, info, digests: ["0".repeat(64)] };
}

export const loaded = (record: ModelRecord, context = record.info.contextLength): LoadedModel => ({
  id: record.id,
  info: record.info,
  context,
  backend: "cpu",
  build: "simd",
  threads: 1,
  loadMs: 1,
});
