// A page of our own that can be read like any other. Chrome lets no script into it, so it has the reader in itself and is asked
// by message.

import { surfaceOf } from "../senders";
import type { Reader } from "./main";

interface ReaderCall {
  type: "reader.call";
  call: keyof Reader;
  args: unknown[];
}

/** Calls the reader of whatever page is in the tab, in its own world. */
export function callReader(call: keyof Reader, args: unknown[]): unknown {
  const reader = globalThis.chordReader as Record<keyof Reader, (...args: unknown[]) => unknown> | undefined;
  return reader?.[call]?.(...args); // one from before an update may lack it
}

/** Rejects where the tab shows no page of ours. */
export const askOwnPage = (tabId: number, call: keyof Reader, args: unknown[]): Promise<unknown> =>
  chrome.tabs.sendMessage(tabId, { type: "reader.call", call, args } satisfies ReaderCall);

const CALLS: ReadonlySet<unknown> = new Set<keyof Reader>(["read", "text", "show", "holds", "clear"]);

/** In the page itself. */
export function answerPanel(): void {
  const origin = new URL(chrome.runtime.getURL("")).origin;
  chrome.runtime.onMessage.addListener((message: unknown, sender, reply: (value: unknown) => void) => {
    const { type, call, args } = (message ?? {}) as Partial<ReaderCall>;
    if (type !== "reader.call" || surfaceOf(sender, chrome.runtime.id, origin) !== "page") return false;
    if (call && CALLS.has(call) && Array.isArray(args)) reply(callReader(call, args));
    return false;
  });
}
