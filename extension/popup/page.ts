// The page that a question is about: which tab it would come from, its text, and what of that the model is given.

import * as v from "valibot";
import { ChordError } from "../errors";
import { type PageText, parsePageText } from "../reading/messages";
import { askOwnPage, callReader } from "../reading/own-page";
import { countWords } from "../reading/sentences";

const text = v.string();

/** A page's text as it goes with a question, and is kept with it. */
export const AttachedPage = v.object({
  title: text,
  url: text,
  /** What the model is given. */
  text,
  /** How many words that is. */
  words: v.number(),
  /** Whether the page has more. */
  cut: v.boolean(),
});
export type AttachedPage = v.InferOutput<typeof AttachedPage>;

/** No model here holds more characters than this; a longer page need not be kept whole. */
const MAX_CHARS = 400_000;

/** Reads the page in a tab. Rejects with `page_closed` where no script may run, with `page_empty` where there is no text. */
export async function readPage(tabId: number): Promise<AttachedPage> {
  const page = parsePageText(await textIn(tabId));
  if (!page) throw new ChordError("internal", "the page's text could not be read");
  if (page.paragraphs.length === 0) throw new ChordError("page_empty");
  return asAttached(page);
}

async function textIn(tabId: number): Promise<unknown> {
  const target = { tabId };
  const read = async () => {
    const func = callReader;
    const [result] = await chrome.scripting.executeScript({ target, func, args: ["text", []] });
    return result?.result;
  };
  try {
    const found = await read();
    if (found) return found;
    await chrome.scripting.executeScript({ target, files: ["reader.js"] });
    return await read();
  } catch {
    const text = await askOwnPage(tabId, "text", []).catch(() => undefined);
    if (text === undefined) throw new ChordError("page_closed");
    return text;
  }
}

function asAttached({ title, url, cut, paragraphs }: PageText): AttachedPage {
  const whole = paragraphs.map(({ text, kind }) => (kind === "item" ? `- ${text}` : text)).join("\n\n");
  const text = whole.slice(0, MAX_CHARS);
  return { title, url, text, words: countWords(text), cut: cut || text.length < whole.length };
}

/** A page of which only `text`, its beginning, is used. */
export const shortened = (page: AttachedPage, text: string): AttachedPage =>
  text.length < page.text.trim().length ? { ...page, text, words: countWords(text), cut: true } : page;

/** A tab that a page can be taken from. */
export interface PageTab {
  id: number;
  windowId: number;
  /** Known where the extension was asked for. */
  title: string;
}

/** Where this document stands: in the popup over a page, in a panel beside one, in a window of its own beside the tab `tab`. */
export const place = new URLSearchParams(globalThis.location?.search);

/** The tab that is looked at: the one that this document's address names, else the active one of its window. */
export async function currentTab(): Promise<PageTab | null> {
  const named = Number(place.get("tab"));
  const tab = named
    ? await chrome.tabs.get(named).catch(() => undefined)
    : (await chrome.tabs.query({ active: true, currentWindow: true }))[0];
  return tab?.id === undefined ? null : { id: tab.id, windowId: tab.windowId, title: tab.title ?? "" };
}

/** Tells when another tab is looked at, or another page in it; returns how to stop listening. */
export function onTabChanged(listener: () => void): () => void {
  const updated = (_: number, { status, title }: { status?: string; title?: string }) => {
    if (status !== undefined || title !== undefined) listener();
  };
  chrome.tabs.onActivated.addListener(listener);
  chrome.tabs.onUpdated.addListener(updated);
  return () => {
    chrome.tabs.onActivated.removeListener(listener);
    chrome.tabs.onUpdated.removeListener(updated);
  };
}
