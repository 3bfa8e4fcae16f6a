// The downloads there are: which one runs, how fast, what stands in its way. A few run at once, the others wait their turn.

import type { Download, Engine, NewDownload, PartialRecord } from "chord-engine";
import { ChordError, toErrorInfo } from "../errors";
import type { DownloadRequest, DownloadState, SteerDownload } from "../protocol";
import { announce } from "./announce";
import { type Fault, toFault } from "./fault";
import { fetchFile, type Surroundings, type Target } from "./fetch-file";
import { Speed } from "./speed";

export type DownloadEngine = Pick<Engine, "downloads" | "beginDownload" | "resumeDownload" | "dropDownload">;

/** More would not be faster: the line is what is slow. */
const MOST_AT_ONCE = 2;
const TELL_MS = 250;

interface Entry {
  state: DownloadState;
  /** The engine's end of it while it runs or is about to for the first time. */
  handle: Download | null;
  stop: AbortController | null;
  /** Settles when it no longer runs. */
  running: Promise<void>;
  speed: Speed;
}

export interface DownloadsHost {
  engine: DownloadEngine;
  world: Surroundings;
  hosts: readonly string[];
  /** Something about `downloads` changed. */
  onChange: (downloads: DownloadState[]) => void;
  /** One has become a stored model. */
  onStored: () => void;
  /** The engine trapped: nothing may be called on it again. */
  onTrap: (error: WebAssembly.RuntimeError) => void;
}

export class Downloads {
  readonly #host: DownloadsHost;
  readonly #entries = new Map<string, Entry>();
  /** Addresses that a download is being made for. */
  readonly #beginning = new Set<string>();

  constructor(host: DownloadsHost) {
    this.#host = host;
  }

  /** Takes up what an earlier life left: it lies there until somebody resumes or removes it. */
  async open(): Promise<void> {
    for (const record of await this.#host.engine.downloads()) this.#enter(record, "paused", null);
    this.#tell();
  }

  list(): DownloadState[] {
    return [...this.#entries.values()].map(({ state }) => state);
  }

  /** Asks the hub, makes room, and has it run when its turn comes. Rejects when it cannot even begin. */
  async start(request: DownloadRequest): Promise<DownloadState> {
    const { engine, hosts, world } = this.#host;
    const files = await announce(request, hosts, world, new AbortController().signal);
    const same = this.list().find(({ url }) => url === files[0]?.url);
    if (same) {
      if (same.phase === "paused" || same.phase === "failed") this.#resume(same.id);
      return same;
    }
    const url = files[0]?.url ?? "";
    if (this.#beginning.has(url)) throw new ChordError("in_use");
    this.#beginning.add(url);
    const download: NewDownload = {
      name: request.name,
      files: files.map((file) => ({ ...file, stored: 0, whole: false })),
    };
    const handle = await engine.beginDownload(download).finally(() => this.#beginning.delete(url));
    const { state } = this.#enter(handle.record(), "queued", handle);
    this.#next();
    return state;
  }

  async steer({ downloadId, action }: SteerDownload): Promise<void> {
    const entry = this.#entries.get(downloadId);
    if (!entry) throw new ChordError("not_found");
    if (action === "resume") return this.#resume(downloadId);
    entry.stop?.abort();
    if (entry.state.phase === "queued") this.#change(entry, { phase: "paused" });
    await entry.running;
    if (action === "pause" || !this.#entries.has(downloadId)) return undefined;
    this.#entries.delete(downloadId);
    entry.handle?.free();
    this.#tell();
    this.#next();
    // One that failed for good has left nothing behind.
    await this.#host.engine.dropDownload(downloadId).catch((error: unknown) => {
      if (toErrorInfo(error).code !== "not_found") throw error;
    });
    return undefined;
  }

  /** The way to the network is open again: what only waited for it goes on. */
  online(): void {
    for (const { id, phase, error } of this.list())
      if (phase === "paused" && error?.code === "network") this.#resume(id);
  }

  #enter(record: PartialRecord, phase: DownloadState["phase"], handle: Download | null): Entry {
    const state: DownloadState = {
      id: record.id,
      name: record.name,
      url: record.files[0]?.url ?? "",
      phase,
      ...sizes(record),
      bytesPerSecond: null,
      retryAt: null,
      again: 0,
      error: null,
    };
    const entry: Entry = { state, handle, stop: null, running: Promise.resolve(), speed: new Speed() };
    this.#entries.set(record.id, entry);
    return entry;
  }

  #resume(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.state.phase === "queued" || entry.stop) return;
    this.#change(entry, { phase: "queued", error: null });
    this.#next();
  }

  #next(): void {
    const entries = [...this.#entries.values()];
    let free = MOST_AT_ONCE - entries.filter(({ stop }) => stop).length;
    for (const entry of entries) {
      if (free <= 0) return;
      if (entry.state.phase !== "queued" || entry.stop) continue;
      free -= 1;
      entry.stop = new AbortController();
      entry.running = this.#run(entry, entry.stop.signal);
    }
  }

  async #run(entry: Entry, signal: AbortSignal): Promise<void> {
    entry.speed = new Speed();
    this.#change(entry, { phase: "running", error: null, retryAt: null, bytesPerSecond: null });
    // Told at a person's pace, and also when nothing comes: a speed that stays is no speed.
    const telling = setInterval(() => this.#tellProgress(entry), TELL_MS);
    try {
      const stored = await this.#transfer(entry, signal);
      if (stored) this.#entries.delete(entry.state.id);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return this.#host.onTrap(error);
      await this.#fail(entry, error, signal);
    } finally {
      clearInterval(telling);
    }
    entry.handle?.free();
    entry.handle = null;
    entry.stop = null;
    this.#tell();
    this.#next();
  }

  /** True when it has become a model. */
  async #transfer(entry: Entry, signal: AbortSignal): Promise<boolean> {
    const { engine, world } = this.#host;
    entry.handle ??= await engine.resumeDownload(entry.state.id);
    const handle = entry.handle;
    for (;;) {
      const { files } = handle.record();
      const index = files.findIndex(({ whole }) => !whole);
      const file = files[index];
      if (!file) break;
      const before = files.reduce((sum, { stored, whole }) => sum + (whole ? (stored ?? 0) : 0), 0);
      await fetchFile(file, target(handle, index), world, this.#watch(entry, before), signal);
      this.#change(entry, { received: before + file.size, bytesPerSecond: null, again: 0 });
      await handle.finishFile();
    }
    await handle.finish();
    this.#host.onStored();
    return true;
  }

  #watch(entry: Entry, before: number) {
    return {
      onProgress: (received: number, again: number) => {
        entry.speed.add(before + received, this.#host.world.now());
        const { phase } = entry.state;
        entry.state = { ...entry.state, received: before + received, again };
        if (phase !== "running") this.#change(entry, { phase: "running", error: null, retryAt: null });
      },
      onWait: (why: Fault, until: number) => {
        entry.speed = new Speed();
        this.#change(entry, { phase: "waiting", error: toErrorInfo(why), retryAt: until, bytesPerSecond: null });
      },
    };
  }

  async #fail(entry: Entry, error: unknown, signal: AbortSignal): Promise<void> {
    const fault = toFault(error);
    const received = entry.handle ? sizes(entry.handle.record()) : {};
    const rest = { ...received, bytesPerSecond: null, retryAt: null, again: 0 };
    if (signal.aborted || fault.code === "cancelled")
      return this.#change(entry, { ...rest, phase: "paused", error: null });
    const phase = fault.code === "network" || fault.code === "quota" ? "paused" : "failed";
    this.#change(entry, { ...rest, phase, error: { code: fault.code, message: fault.message } });
    if (fault.action !== "useless") return undefined;
    entry.handle?.free(); // its lock keeps it from being dropped
    entry.handle = null;
    await this.#host.engine.dropDownload(entry.state.id).catch(() => {});
    return this.#change(entry, { received: 0 });
  }

  #tellProgress(entry: Entry): void {
    if (entry.state.phase !== "running") return;
    this.#change(entry, { bytesPerSecond: entry.speed.bytesPerSecond(this.#host.world.now()) });
  }

  #change(entry: Entry, change: Partial<DownloadState>): void {
    entry.state = { ...entry.state, ...change };
    this.#tell();
  }

  #tell(): void {
    this.#host.onChange(this.list());
  }
}

function sizes({ files }: PartialRecord): { size: number; received: number } {
  const sum = (part: "size" | "stored") => files.reduce((total, file) => total + (file[part] ?? 0), 0);
  return { size: sum("size"), received: sum("stored") };
}

/** The engine's handle as fetchFile knows it. */
function target(handle: Download, index: number): Target {
  const file = () => handle.record().files[index];
  return {
    received: () => file()?.stored ?? 0,
    etag: () => file()?.etag,
    setEtag: (etag) => handle.setEtag(etag),
    write: (bytes) => handle.write(bytes),
    flush: () => handle.flush(),
  };
}
