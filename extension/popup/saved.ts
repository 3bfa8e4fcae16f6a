// The conversation outlives the popup, which closes whenever it loses the focus: kept in the session store, which is memory
// only and gone with the browser. Nothing is kept for an incognito window.

import * as v from "valibot";
import { isErrorCode } from "../errors";
import type { Exchange } from "./conversation";

const KEY = "conversation";
const SAVE_MS = 250;

const Saved = v.object({
  draft: v.string(),
  exchanges: v.array(
    v.object({
      id: v.number(),
      question: v.string(),
      answer: v.string(),
      state: v.picklist(["waiting", "streaming", "done", "stopped", "error"]),
      model: v.string(),
      speed: v.string(),
      note: v.nullable(v.string()),
      error: v.nullable(v.object({ code: v.custom<import("../errors").ErrorCode>(isErrorCode), message: v.string() })),
    }),
  ),
});
export interface Saved {
  draft: string;
  exchanges: readonly Exchange[];
}

export async function readSaved(): Promise<Saved | null> {
  const result = v.safeParse(Saved, (await chrome.storage.session.get(KEY))[KEY]);
  return result.success ? result.output : null;
}

let next: Saved | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Soon, not at once: tokens come faster than a store should be written. */
export function save(saved: Saved): void {
  if (chrome.extension.inIncognitoContext) return;
  next = saved;
  timer ??= setTimeout(flush, SAVE_MS);
}

/** Now: the popup is about to go. */
export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  if (next) void chrome.storage.session.set({ [KEY]: next });
  next = null;
}
