// The page in a tab, as the panel reaches it: through a script that is put there when the person asks, and only then.

import { ChordError } from "../errors";
import type { Reader } from "../reading/main";
import { type PageText, type Place, parsePageText } from "../reading/messages";
import { askOwnPage, callReader } from "../reading/own-page";

export class PageTab {
  readonly id: number;
  #reading: number | null = null;
  #pinned: Place | null = null;
  /** It is a page of our own. */
  #own = false;

  constructor(id: number) {
    this.id = id;
  }

  /** Reads the page. Rejects with `page_closed` where no script may run. */
  async read(): Promise<PageText> {
    const text = await this.#enter();
    const page = parsePageText(text);
    if (!page) throw new ChordError("internal", "the page's text could not be read");
    if (page.paragraphs.length === 0) throw new ChordError("page_empty");
    this.#reading = page.reading;
    this.#pinned = null;
    return page;
  }

  async #enter(): Promise<unknown> {
    const target = { tabId: this.id };
    this.#own = false;
    try {
      await Promise.all([
        chrome.scripting.executeScript({ target, files: ["reader.js"] }),
        chrome.scripting.insertCSS({ target, files: ["reader.css"] }),
      ]);
      return await this.#call("read");
    } catch {
      this.#own = true;
      const text = await this.#call("read").catch(() => undefined);
      if (text === undefined) throw new ChordError("page_closed");
      return text;
    }
  }

  /** Rejects where the page is out of reach. */
  async #call(call: keyof Reader, ...args: unknown[]): Promise<unknown> {
    if (this.#own) return askOwnPage(this.id, call, args);
    const target = { tabId: this.id };
    const [result] = await chrome.scripting.executeScript({ target, func: callReader, args: [call, args] });
    return result?.result;
  }

  /** Goes to a place and marks it, until another one is gone to. */
  async goTo(place: Place): Promise<boolean> {
    this.#pinned = place;
    return this.#show(place, true);
  }

  /** Marks a place while one points at it. */
  async peek(place: Place): Promise<void> {
    await this.#show(place, false);
  }

  /** Back to the place that was gone to, if there is one. */
  async unpeek(): Promise<void> {
    if (this.#pinned) await this.#show(this.#pinned, false);
    else await this.#clear();
  }

  async unpin(): Promise<void> {
    this.#pinned = null;
    await this.#clear();
  }

  async #show(place: Place, scroll: boolean): Promise<boolean> {
    if (this.#reading === null) return false;
    // False, too, when the tab shows another page, or is closed.
    return (await this.#call("show", this.#reading, place, scroll).catch(() => false)) === true;
  }

  /** Whether the page that was read is still in the tab. */
  async #isThere(): Promise<boolean> {
    return (await this.#call("holds", this.#reading ?? -1).catch(() => false)) === true;
  }

  async #clear(): Promise<void> {
    await this.#call("clear").catch(() => {});
  }

  /** Tells when the tab goes on to another page; returns how to stop listening. */
  onLeft(listener: () => void): () => void {
    // What is told of a tab without access to it: that it loads something. That may be another part of the same page.
    const heard = (tabId: number, { status }: { status?: string | undefined }) => {
      if (tabId !== this.id || status === undefined || this.#reading === null) return;
      void this.#isThere().then((there) => {
        if (!there) listener();
      });
    };
    chrome.tabs.onUpdated.addListener(heard);
    return () => chrome.tabs.onUpdated.removeListener(heard);
  }
}
