// What crosses into a web page and back. Alone in its file: the scripts in pages are small, and the other messages come with the
// schemas that check them.
//
//   service worker ── tabs.sendMessage: Invitation, or BUBBLE_OFF ▶ content script
//   panel (a frame of the extension's) ◀── port PANEL_PORT + nonce: ToPanel, ToPage ──▶ content script

import { ACTIONS, type Action } from "./actions";

/** The service worker's word to a content script: open, and run `action` when the person already chose one. `text` is the
 * browser's own copy of the selection, for when it lies in a frame that the script cannot reach. `frameId` is the script's own
 * frame, as the browser numbers it: the panel speaks to that one. */
export interface Invitation {
  type: "assistant.open";
  action: Action | null;
  text: string;
  frameId: number;
}

/** The service worker's word to the bubble's script: it is wanted in this page no longer. */
export const BUBBLE_OFF = "bubble.off";

/** The panel opens a port of this name, with the nonce that the content script gave it, to the content script. */
export const PANEL_PORT = "chord.panel.";

/** What the panel starts from: sent once, first. */
export interface Opening {
  type: "open";
  /** The selected text. */
  text: string;
  /** Whether the page can be written in where it was selected. */
  writable: boolean;
  /** The page's title. */
  title: string;
  /** The page's host; empty where it has none. */
  host: string;
  action: Action | null;
}

export type ToPanel =
  | Opening
  /** The panel may be this high, in CSS pixels. */
  | { type: "room"; height: number }
  /** What came of `do`: whether it was done; for `pageText` the text. */
  | { type: "did"; id: number; result: boolean | string };

/** What the panel asks of the page. Each comes of a click or key in the panel itself. */
export type Deed =
  | { kind: "replace"; text: string }
  | { kind: "insertBelow"; text: string }
  | { kind: "revert" }
  | { kind: "pageText" };

export type ToPage = { type: "do"; id: number; deed: Deed } | { type: "size"; height: number } | { type: "close" };

// All of these come from our own trusted parts: plain checks do.

export function parseInvitation(value: unknown): Invitation | null {
  const { type, action, text, frameId } = (value ?? {}) as Partial<Invitation>;
  const known = action === null || ACTIONS.some((name) => name === action);
  return type === "assistant.open" && known && typeof text === "string" && Number.isInteger(frameId)
    ? { type, action: action ?? null, text, frameId: frameId ?? 0 }
    : null;
}

/** The panel's address ends in what it needs to find its content script. */
export const panelHash = (nonce: string, frameId: number) => `#${frameId}.${nonce}`;

export function parsePanelHash(hash: string): { nonce: string; frameId: number } | null {
  const [, frameId, nonce] = /^#(\d{1,10})\.([\w-]+)$/.exec(hash) ?? [];
  return nonce ? { nonce, frameId: Number(frameId) } : null;
}
