// A stand-in for the wasm engine with the same interface: for unit tests, and for looking at the surfaces without a model.
// It never ships; `node extension/build.mjs --engine tests/extension/mock/engine.ts --out DIR` builds an extension on it.

export interface ModelInfo {
  name: string;
  kind: "generator" | "embedder";
  architecture: string;
  parameters: number;
  weightBytes: number;
  quantization: string;
  contextLength: number;
  vocabSize: number;
  layers: number;
  hasChatTemplate: boolean;
}

export interface ModelRecord {
  id: string;
  name: string;
  size: number;
  addedAt: number;
  info: ModelInfo;
  digests?: string[];
  source?: string;
}

export interface PartialFile {
  url: string;
  name: string;
  size: number;
  digest?: string;
  etag?: string;
  stored?: number;
  whole?: boolean;
}

export interface PartialRecord {
  id: string;
  name: string;
  addedAt: number;
  files: PartialFile[];
}

export interface NewDownload {
  name: string;
  files: PartialFile[];
}

export interface VerifyResult {
  digests: string[];
  intact?: boolean;
}

export type Build = "simd" | "threads" | "gpu";

export interface EngineOptions {
  build?: "auto" | Build;
  gpu?: boolean;
  softwareGpu?: boolean;
  threads?: number;
}

export interface EngineStatus {
  build: Build;
  threads: number;
  reason?: string;
  gpu?: { name: string; tier: "base" | "subgroups" | "f16"; dp4a: boolean; software: boolean };
  noGpu?: { code: "no_webgpu" | "no_adapter" | "software" | "failed"; message: string };
}

export interface StartedEngine extends EngineStatus {
  engine: Engine;
  ready: Promise<void>;
}

export interface LoadOptions {
  context?: number;
}

export interface LoadedModel {
  id: string;
  info: ModelInfo;
  context: number;
  backend: string;
  build: string;
  threads: number;
  loadMs: number;
}

export interface ByteProgress {
  bytes: number;
  total: number;
}

export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface GenerateRequest {
  prompt?: string;
  messages?: ChatMessage[];
  maxTokens?: number;
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
  seed?: number;
  stop?: string[];
  written?: number[];
}

export type GenerateEvent =
  | { type: "prefill"; done: number; total: number }
  | { type: "token"; text: string; tokens: number; id?: number };

export interface GenerateResult {
  text: string;
  stopReason: "end" | "length" | "context" | "stop" | "cancelled";
  promptTokens: number;
  cachedTokens: number;
  generatedTokens: number;
  prefillTokensPerSecond: number;
  decodeTokensPerSecond: number;
  firstTokenMs: number;
}

export interface EmbedResult {
  embeddings: number[][];
  truncated: number[];
}

export type ErrorCode =
  | "already_stored"
  | "bad_model"
  | "bad_request"
  | "busy"
  | "cancelled"
  | "chat_template"
  | "context_full"
  | "damaged"
  | "device_lost"
  | "file_unreadable"
  | "in_use"
  | "internal"
  | "no_chat_template"
  | "no_gpu"
  | "not_found"
  | "not_gguf"
  | "not_loaded"
  | "out_of_memory"
  | "quota"
  | "split_model"
  | "store"
  | "store_newer"
  | "store_unavailable"
  | "truncated"
  | "unsupported_architecture"
  | "unsupported_feature"
  | "unsupported_tokenizer"
  | "unsupported_type"
  | "unsupported_version"
  | "wrong_digest"
  | "wrong_kind"
  | "wrong_length";

const CONTEXT = 512;
const EMBEDDER: Omit<ModelInfo, "name" | "weightBytes"> = {
  kind: "embedder",
  architecture: "bert",
  parameters: 22_700_000,
  quantization: "Q8_0",
  contextLength: 512,
  vocabSize: 30_522,
  layers: 6,
  hasChatTemplate: false,
};
const ANSWER =
  "A model reads the text you give it one token at a time and guesses what comes next. " +
  "This one lives in your browser, so the text stays on this computer.\n\nThree things follow from that:\n" +
  "1. It works without a connection.\n2. It is as quick as your machine.\n3. Nobody else sees what you ask.";

/** A token in each frame of a screen: each is shown by itself. */
const FRAME_MS = 17;
const LONG = `## What follows

${ANSWER}

- The **first** point, with \`code\` in it.
- The *second* one, which is a little longer than the first.

\`\`\`js
const answer = await model.ask("How long is this going to be?");
console.log(answer.text.length, answer.tokens);
\`\`\`

`;

const words = (text: string) => text.match(/\s*\S+/g) ?? [];

/** The answer to a question, word by word: with "long" in it one without an end, with "unbroken" that in one paragraph. */
function* pieces(question: string): Generator<string> {
  if (!/long|unbroken/.test(question)) yield* words(ANSWER);
  else
    for (const text = question.includes("unbroken") ? ` ${ANSWER.replace(/\s+/g, " ")}` : LONG; ; ) {
      const trail = /\s*$/.exec(text)?.[0] ?? "";
      yield* words(text);
      if (trail) yield trail;
    }
}

class MockError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

function wordVector(text: string): number[] {
  const vector = new Array<number>(64).fill(0);
  for (const word of text.toLowerCase().match(/\p{L}{4,}/gu) ?? []) {
    let hash = 7;
    for (const char of word) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 64;
    vector[hash] = (vector[hash] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((x) => x / length);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One object store of records; the real engine keeps chunks too. */
async function store<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const open = indexedDB.open("chord-mock", 1);
  open.onupgradeneeded = () => open.result.createObjectStore("manifests", { keyPath: "id" });
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
  try {
    const request = use(db.transaction("manifests", mode).objectStore("manifests"));
    return await new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    db.close();
  }
}

/** What of downloads has come, in memory. */
export const partials = new Map<string, PartialRecord>();

/** Counts bytes and keeps none. A file that begins with "<" is none; one with the digest "wrong" is another than announced. */
export class Download {
  readonly #record: PartialRecord;
  freed = false;

  constructor(record: PartialRecord) {
    this.#record = record;
  }

  get #file(): PartialFile | undefined {
    return this.#record.files.find(({ whole }) => !whole);
  }

  record(): PartialRecord {
    return structuredClone(this.#record);
  }

  setEtag(etag?: string | null): void {
    const file = this.#file;
    if (file && etag) file.etag = etag;
    else if (file) delete file.etag;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#file;
    if (!file) throw new MockError("bad_request", "every file is whole");
    const stored = file.stored ?? 0;
    if (stored === 0 && bytes[0] === 0x3c) throw new MockError("not_gguf", "this is not a GGUF file");
    if (stored + bytes.length > file.size) throw new MockError("wrong_length", "the file is longer than announced");
    file.stored = stored + bytes.length;
  }

  async flush(): Promise<void> {}

  async finishFile(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    if (file.digest?.startsWith("wrong")) {
      file.stored = 0;
      throw new MockError("wrong_digest", "another digest");
    }
    file.whole = true;
  }

  async restartFile(): Promise<void> {
    const file = this.#file;
    if (file) file.stored = 0;
  }

  async finish(): Promise<ModelRecord> {
    const { id, name, files } = this.#record;
    partials.delete(id);
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const record: ModelRecord = { id, name, size, addedAt: Date.now(), info: mockInfo(name, size) };
    return record;
  }

  free(): void {
    this.freed = true;
  }
}

const mockInfo = (name: string, weightBytes: number): ModelInfo => ({
  name,
  kind: "generator",
  architecture: "llama",
  parameters: 596_000_000,
  weightBytes,
  quantization: "Q4_0",
  contextLength: CONTEXT,
  vocabSize: 32_000,
  layers: 16,
  hasChatTemplate: !name.includes("plain"),
});

export class Engine {
  #loaded: LoadedModel | undefined;
  #cancelled = false;

  static async create(): Promise<Engine> {
    return new Engine();
  }

  models(): Promise<ModelRecord[]> {
    return store("readonly", (s) => s.getAll() as IDBRequest<ModelRecord[]>);
  }

  async importModel(files: Blob | Blob[], name: string, onProgress: (p: ByteProgress) => void): Promise<ModelRecord> {
    this.#cancelled = false;
    const file = new Blob([files].flat());
    const magic = new TextDecoder().decode(await file.slice(0, 4).arrayBuffer());
    if (magic !== "GGUF") {
      throw new MockError("not_gguf", `this is not a GGUF file: it begins with ${JSON.stringify(magic)}`);
    }
    const steps = 40;
    for (let step = 0; step <= steps; step += 1) {
      this.#stopIfCancelled();
      onProgress({ bytes: Math.round((file.size * step) / steps), total: file.size });
      await pause(name.includes("slow") ? 100 : 5);
    }
    const record: ModelRecord = {
      id: crypto.randomUUID(),
      name,
      size: file.size,
      addedAt: Date.now(),
      info: mockInfo(name, file.size),
    };
    await store("readwrite", (s) => s.put(record));
    return record;
  }

  async modelFiles(id: string): Promise<Blob[]> {
    const record = (await this.models()).find((model) => model.id === id);
    if (!record) throw new MockError("not_found", `no model has the id ${id}`);
    return [new Blob([`GGUF: ${record.name}`])];
  }

  async renameModel(id: string, name: string): Promise<ModelRecord> {
    const record = (await this.models()).find((model) => model.id === id);
    if (!record) throw new MockError("not_found", `no model has the id ${id}`);
    const renamed = { ...record, name };
    await store("readwrite", (s) => s.put(renamed));
    return renamed;
  }

  async verifyModel(id: string, onProgress: (p: ByteProgress) => void): Promise<VerifyResult> {
    const record = (await this.models()).find((model) => model.id === id);
    if (!record) throw new MockError("not_found", `no model has the id ${id}`);
    for (let step = 0; step <= 10; step += 1) {
      onProgress({ bytes: Math.round((record.size * step) / 10), total: record.size });
      await pause(20);
    }
    return { digests: record.digests ?? [], intact: true };
  }

  async downloads(): Promise<PartialRecord[]> {
    return [...partials.values()];
  }

  async beginDownload({ name, files }: NewDownload): Promise<Download> {
    const record = { id: `partial-${partials.size + 1}`, name, addedAt: Date.now(), files };
    partials.set(record.id, record);
    return new Download(record);
  }

  async resumeDownload(id: string): Promise<Download> {
    const record = partials.get(id);
    if (!record) throw new MockError("not_found", `no download has the id ${id}`);
    return new Download(record);
  }

  async dropDownload(id: string): Promise<void> {
    if (!partials.delete(id)) throw new MockError("not_found", `no download has the id ${id}`);
  }

  async deleteModel(id: string): Promise<void> {
    if (this.#loaded?.id === id) this.#loaded = undefined;
    await store("readwrite", (s) => s.delete(id));
  }

  async load(
    id: string,
    _options: LoadOptions | undefined,
    onProgress: (p: ByteProgress) => void,
  ): Promise<LoadedModel> {
    this.#cancelled = false;
    const record = (await this.models()).find((model) => model.id === id);
    if (!record) throw new MockError("not_found", `no model has the id ${id}`);
    this.#loaded = undefined;
    for (let step = 0; step <= 20; step += 1) {
      this.#stopIfCancelled();
      onProgress({ bytes: Math.round((record.size * step) / 20), total: record.size });
      await pause(20);
    }
    this.#loaded = { id, info: record.info, context: CONTEXT, backend: "cpu", build: "simd", threads: 1, loadMs: 420 };
    return this.#loaded;
  }

  async loadFile(
    file: Blob,
    name: string,
    _options: LoadOptions | undefined,
    onProgress: (p: ByteProgress) => void,
  ): Promise<LoadedModel> {
    onProgress({ bytes: file.size, total: file.size });
    const info: ModelInfo = { ...EMBEDDER, name, weightBytes: file.size };
    this.#loaded = { id: name, info, context: 512, backend: "cpu", build: "simd", threads: 1, loadMs: 60 };
    return this.#loaded;
  }

  /** Words a text shares with another bring their vectors together. */
  async embed(texts: string[], onProgress?: (done: number) => void): Promise<EmbedResult> {
    this.#cancelled = false;
    const embeddings: number[][] = [];
    for (const text of texts) {
      this.#stopIfCancelled();
      embeddings.push(wordVector(text));
      onProgress?.(embeddings.length);
      await pause(2);
    }
    return { embeddings, truncated: [] };
  }

  unload(): void {
    this.#loaded = undefined;
  }

  loaded(): LoadedModel | undefined {
    return this.#loaded;
  }

  /** Words in the prompt steer it: "crash" traps as wasm does, "slow" takes longer, "long" and "unbroken" go on up to the
   * maximum length; more than CONTEXT words do not fit. */
  async generate(request: GenerateRequest, onEvent: (e: GenerateEvent) => void): Promise<GenerateResult> {
    this.#cancelled = false;
    const prompt = request.prompt ?? request.messages?.map((message) => message.content).join("\n") ?? "";
    const total = prompt.split(/\s+/).length + 1;
    if (total > CONTEXT) {
      throw new MockError("context_full", `the prompt has ${total} tokens and the model holds ${CONTEXT}`);
    }
    const last = request.messages?.at(-1)?.content ?? prompt;
    const delay = last.includes("slow") ? 200 : /long|unbroken/.test(last) ? FRAME_MS : 25;
    for (let done = 0; done < total; done += 16) {
      if (this.#cancelled) break;
      onEvent({ type: "prefill", done, total });
      await pause(delay);
    }
    if (last.includes("crash")) throw new WebAssembly.RuntimeError("unreachable");
    let text = "";
    let tokens = 0;
    const limit = request.maxTokens ?? 512;
    for (const piece of pieces(last)) {
      if (this.#cancelled || tokens >= limit) break;
      text += piece;
      tokens += 1;
      onEvent({ type: "token", text: piece, tokens });
      await pause(delay);
    }
    return {
      text,
      stopReason: this.#cancelled ? "cancelled" : tokens >= limit ? "length" : "end",
      promptTokens: total,
      cachedTokens: 0,
      generatedTokens: tokens,
      prefillTokensPerSecond: 410,
      decodeTokensPerSecond: 31.4,
      firstTokenMs: 412,
    };
  }

  cancel(): void {
    this.#cancelled = true;
  }

  #stopIfCancelled(): void {
    if (this.#cancelled) throw new MockError("cancelled", "cancelled");
  }
}

export async function createEngine(_options?: EngineOptions): Promise<StartedEngine> {
  const engine = await Engine.create();
  return { engine, ready: Promise.resolve(), build: "simd", threads: 1, reason: "this is a stand-in" };
}
