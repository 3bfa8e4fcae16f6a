// What the popup shows when it opens again: the draft, and which conversation. In the session store, which is memory only and
// gone with the browser; nothing is kept for an incognito window.

import * as v from "valibot";

const KEY = "popup";
const SAVE_MS = 250;

const Saved = v.object({ draft: v.string(), conversation: v.nullable(v.string()) });
export type Saved = v.InferOutput<typeof Saved>;

export async function readSaved(): Promise<Saved | null> {
  const result = v.safeParse(Saved, (await chrome.storage.session.get(KEY))[KEY]);
  return result.success ? result.output : null;
}

/** Calls `write` with the last value, soon and not at once: tokens come faster than a store should be written. */
export class Soon<T> {
  readonly #write: (value: T) => void;
  #next: { value: T } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(write: (value: T) => void) {
    this.#write = write;
  }

  set(value: T): void {
    this.#next = { value };
    this.#timer ??= setTimeout(() => this.flush(), SAVE_MS);
  }

  /** Now: the popup is about to go, or another value follows. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const next = this.#next;
    this.#next = null;
    if (next) this.#write(next.value);
  }
}

export const writeSaved = (saved: Saved): void => {
  if (!chrome.extension.inIncognitoContext) void chrome.storage.session.set({ [KEY]: saved });
};
