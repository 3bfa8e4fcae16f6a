// Every message that crosses between Chord's parts, with the check it meets on arrival.
//
//   surface ── runtime.sendMessage: Call ──────────▶ service worker      (makes sure the engine is there; opens pages)
//   surface ── port "chord.engine": ClientMessage ─▶ offscreen document  ── EngineEvent ──▶ surface
//
// (What crosses into a web page is in page-messages.ts.)
//
// What arrives from a surface is checked field by field, since a content script shares its process with a web page.

import type {
  ModelRecord as EngineRecord,
  GenerateRequest as EngineRequest,
  EngineStatus,
  GenerateEvent,
  GenerateResult,
  LoadedModel,
  VerifyResult,
} from "chord-engine";
import * as v from "valibot";
import { LANGUAGES } from "./actions";
import type { ErrorInfo } from "./errors";

export type { EngineStatus, GenerateResult, LoadedModel, ModelInfo, VerifyResult } from "chord-engine";

/** A stored model. */
export interface ModelRecord extends EngineRecord {
  /** How its makers say it answers best, where that is known. */
  sampling?: Partial<Sampling>;
}

export const ENGINE_PORT = "chord.engine";
/** Extension pages hear here that the stored models or the loaded one changed. */
export const MODELS_CHANNEL = "chord.models";
/** Extension pages hear here how the downloads are. */
export const DOWNLOADS_CHANNEL = "chord.downloads";
/** A File cannot cross a port; it is handed over on a channel of the request's own, in or out. */
export const filesChannel = (requestId: string) => `chord.files.${requestId}`;

// Caps: generous for people, small enough that one message cannot fill the memory of the offscreen document.
const MAX_TEXT = 4 * 1024 * 1024; // UTF-16 units; hundreds of times any context
const MAX_MESSAGES = 4096;
const MAX_TEXTS = 4096; // to embed at once

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const name = v.pipe(v.string(), v.maxLength(512));
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT));
const between = (low: number, high: number) => v.pipe(v.number(), v.finite(), v.minValue(low), v.maxValue(high));
const whole = (low: number, high: number) => v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));

const samplingFields = {
  maxTokens: whole(1, 1_000_000),
  temperature: between(0, 5),
  topK: whole(0, 1_000_000),
  topP: between(0, 1),
  minP: between(0, 1),
  repetitionPenalty: between(0.1, 10),
};

/** How the next word is chosen and how long an answer may be. */
export const Sampling = v.strictObject(samplingFields);
export type Sampling = v.InferOutput<typeof Sampling>;

export const ChatMessage = v.strictObject({ role: v.picklist(["system", "user", "assistant"]), content: text });
export type ChatMessage = v.InferOutput<typeof ChatMessage>;

/** Plain text to continue, or a conversation for a model that has a chat template. */
export const Input = v.variant("kind", [
  v.strictObject({ kind: v.literal("text"), prompt: text }),
  v.strictObject({ kind: v.literal("chat"), messages: v.pipe(v.array(ChatMessage), v.maxLength(MAX_MESSAGES)) }),
]);
export type Input = v.InferOutput<typeof Input>;

const Models = v.strictObject({ id, type: v.literal("models") });
const Import = v.strictObject({ id, type: v.literal("import"), name });
/** Hands the files over on the request's files channel before it ends. */
const Export = v.strictObject({ id, type: v.literal("export"), modelId: id });
const Rename = v.strictObject({ id, type: v.literal("rename"), modelId: id, name });
/** Reads every stored byte and compares its digest with what was recorded. */
const Verify = v.strictObject({ id, type: v.literal("verify"), modelId: id });
const Downloads = v.strictObject({ id, type: v.literal("downloads") });
/** Ends when the download has begun, or cannot; it goes on whoever is there to see it. `url` is that of its first file. */
const Download = v.strictObject({
  id,
  type: v.literal("download"),
  url: v.pipe(v.string(), v.maxLength(2048)),
  name,
  sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i))),
});
const SteerDownload = v.strictObject({
  id,
  type: v.literal("steerDownload"),
  downloadId: id,
  action: v.picklist(["pause", "resume", "remove"]),
});
const Delete = v.strictObject({ id, type: v.literal("delete"), modelId: id });
const Generate = v.strictObject({
  id,
  type: v.literal("generate"),
  modelId: id,
  input: Input,
  sampling: Sampling,
  /** The answer goes on when the page that asked is closed; `follow` hears it. For the extension's own pages. */
  keep: v.optional(v.boolean()),
});
/** Hears the answer of an earlier `generate` with `keep`: what there is so far at once, then the rest. */
const Follow = v.strictObject({ id, type: v.literal("follow"), answer: id });
/** The vectors of texts, by the built-in model. Without texts the model is merely made ready. */
const Embed = v.strictObject({ id, type: v.literal("embed"), texts: v.pipe(v.array(text), v.maxLength(MAX_TEXTS)) });
/** Ends the request with this id; it has no ending of its own. */
const Cancel = v.strictObject({ id, type: v.literal("cancel") });

const STORE = [Import, Export, Rename, Verify, Downloads, Download, SteerDownload] as const;
export const Request = v.variant("type", [Models, Delete, Generate, Follow, Embed, ...STORE]);
export type Request = v.InferOutput<typeof Request>;
export type RequestType = Request["type"];
/** Requests that wait their turn in a queue. */
export type Work = Exclude<Request, { type: "follow" }>;
export type DownloadRequest = v.InferOutput<typeof Download>;
export type SteerDownload = v.InferOutput<typeof SteerDownload>;
export const ClientMessage = v.variant("type", [Models, Delete, Generate, Follow, Embed, ...STORE, Cancel]);
export type ClientMessage = v.InferOutput<typeof ClientMessage>;

/** Where models are to run. `auto`: on a GPU where there is one that is worth it. `gpu`: there, or on the processor with word of why. */
export const COMPUTE_ON = ["auto", "gpu", "cpu"] as const;
export type ComputeOn = (typeof COMPUTE_ON)[number];

/** What happened to a GPU in the middle of an answer: it went away, its memory was full, the engine on it came to an end. */
export const GPU_FAILURES = ["device_lost", "out_of_memory", "engine_crashed"] as const;
export type GpuFailure = (typeof GPU_FAILURES)[number];

/** What a finished request brings. */
export interface Results {
  models: {
    models: ModelRecord[];
    loaded: LoadedModel | undefined;
    engine: EngineStatus;
    /** Why models run on the processor now, where they ran on a GPU before or were to. */
    gpuFailed?: ErrorInfo;
  };
  import: ModelRecord;
  export: null;
  rename: ModelRecord;
  verify: VerifyResult;
  downloads: DownloadState[];
  download: DownloadState;
  steerDownload: null;
  delete: null;
  generate: GenerateResult;
  follow: GenerateResult;
  embed: Vectors;
}

/** Vectors of length 1 by the model `model`. `data` is base64 of f32, little-endian, `[texts, width]`: see vectors.ts. */
export interface Vectors {
  model: string;
  width: number;
  data: string;
}

/** A download that is not a model yet; it becomes one under the same id. */
export interface DownloadState {
  id: string;
  name: string;
  /** That of its first file. */
  url: string;
  /** `queued`: others run. `waiting`: something failed and is tried again at `retryAt`. `paused` and `failed` wait for a person. */
  phase: "queued" | "running" | "waiting" | "paused" | "failed";
  size: number;
  received: number;
  bytesPerSecond: number | null;
  /** Date.now() of the next attempt. */
  retryAt: number | null;
  /** Bytes that come once more before new ones do: the server cannot go on where it stopped. */
  again: number;
  /** What is in its way. */
  error: ErrorInfo | null;
}

export type Progress =
  | { type: "queued"; ahead: number }
  | { type: "started" }
  | { type: "progress"; stage: "import" | "load" | "verify"; bytes: number; total: number }
  | { type: "model"; model: LoadedModel }
  /** A GPU's kernels are compiled, once the weights are there; more may be asked for meanwhile. */
  | { type: "kernels"; done: number; total: number }
  | { type: "embedded"; done: number; total: number }
  /** The answer goes on, on the processor: it is loaded and read there anew, and what was written is not told again. */
  | { type: "gpuFailed"; code: GpuFailure }
  | GenerateEvent;

/** Exactly one of these ends a request. */
export type Ending<T = Results[RequestType]> =
  | { type: "done"; result: T }
  | { type: "error"; error: ErrorInfo }
  | { type: "cancelled" };

/** `seq` counts up from 0 within a request. */
export type EngineEvent = { id: string; seq: number } & (Progress | Ending);

const EVENT_TYPES: ReadonlySet<unknown> = new Set<EngineEvent["type"]>([
  "queued",
  "started",
  "progress",
  "model",
  "kernels",
  "embedded",
  "gpuFailed",
  "prefill",
  "token",
  "done",
  "error",
  "cancelled",
]);

/** What a surface asks of the service worker. */
export const Call = v.variant("type", [
  v.strictObject({ type: v.literal("engine.ensure") }),
  /** A GPU that has failed is given another try. */
  v.strictObject({ type: v.literal("engine.retryGpu") }),
  v.strictObject({ type: v.literal("options.open") }),
  /** The bubble was pressed: opens the assistant in the frame that says so. */
  v.strictObject({ type: v.literal("assistant.open") }),
  /** No bubble any more on the site of the frame that says so, or nowhere. */
  v.strictObject({ type: v.literal("bubble.hide"), everywhere: v.boolean() }),
  v.strictObject({ type: v.literal("settings.read") }),
  v.strictObject({ type: v.literal("settings.translateTo"), language: v.picklist(LANGUAGES) }),
]);
export type Call = v.InferOutput<typeof Call>;
export type CallType = Call["type"];
export type Reply<T = unknown> = { ok: true; value: T } | { ok: false; error: ErrorInfo };

/** The service worker asks the offscreen document whether it listens; the document says so unasked once it does. It has no
 * chrome.storage, so the question brings along what it has to know of the settings. */
export const OFFSCREEN_PING = "offscreen.ping";
export const OFFSCREEN_READY = "offscreen.ready";
export const Ping = v.strictObject({
  type: v.literal(OFFSCREEN_PING),
  computeOn: v.picklist(COMPUTE_ON),
  /** Whether a GPU that has failed is to be tried again. */
  retryGpu: v.boolean(),
});
export type Ping = v.InferOutput<typeof Ping>;

function parse<T extends v.GenericSchema>(schema: T, value: unknown): v.InferOutput<T> | null {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : null;
}

export const parseClientMessage = (value: unknown) => parse(ClientMessage, value);
export const parseCall = (value: unknown) => parse(Call, value);
export const parsePing = (value: unknown) => parse(Ping, value);

/** It comes from our own trusted part: only the envelope is checked. */
export function parseEvent(value: unknown): EngineEvent | null {
  const event = value as EngineEvent | null;
  const sound = typeof event?.id === "string" && Number.isInteger(event.seq) && EVENT_TYPES.has(event.type);
  return sound ? event : null;
}

/** The engine's own form of a generate request. */
export function engineRequest(input: Input, sampling: Sampling): EngineRequest {
  return input.kind === "text" ? { prompt: input.prompt, ...sampling } : { messages: input.messages, ...sampling };
}
