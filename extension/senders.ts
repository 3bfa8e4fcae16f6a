// Who may ask for what. One place, used by the service worker and by the offscreen document.

import type { CallType, ClientMessage } from "./protocol";

/** `page`: one of the extension's own pages. `content`: what stands in a web page: our script, which shares its process with
 * that page, and the panel's frame, which does not, but which such a page may try to make its own. */
export type Surface = "page" | "content";

/** The part of chrome.runtime.MessageSender that decides; the browser fills it in, a page cannot forge it. */
export interface Sender {
  id?: string | undefined;
  url?: string | undefined;
  origin?: string | undefined;
  tab?: unknown;
}

export function surfaceOf(sender: Sender | undefined, extensionId: string, extensionOrigin: string): Surface | null {
  if (sender?.id !== extensionId) return null;
  if (sender.url?.startsWith(`${extensionOrigin}/panel/`)) return sender.tab === undefined ? null : "content";
  if (sender.origin === extensionOrigin && sender.url?.startsWith(`${extensionOrigin}/`)) return "page";
  // Only a content script (or the panel in a sandboxed page) has a tab and is not of our origin.
  return sender.tab !== undefined && sender.origin !== extensionOrigin ? "content" : null;
}

const CONTENT_REQUESTS: ReadonlySet<ClientMessage["type"]> = new Set(["models", "generate", "cancel"]);

/** Content scripts and the panel may ask for answers; adding and deleting models is for the extension's pages. */
export function mayRequest(surface: Surface, type: ClientMessage["type"]): boolean {
  return surface === "page" || CONTENT_REQUESTS.has(type);
}

/** Most calls are harmless; the switch is here so that a new one is thought about. */
export function mayCall(surface: Surface, type: CallType): boolean {
  switch (type) {
    case "engine.retryGpu":
      return surface === "page"; // it unloads the model
    case "engine.ensure":
    case "options.open":
    case "assistant.open": // in the sender's own frame
    case "bubble.hide":
    case "settings.read":
    case "settings.translateTo":
      return true;
  }
}
