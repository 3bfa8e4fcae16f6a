// The panel's line to the content script that made its frame. The panel opens it, by the nonce in its own address, to the frame it
// stands in; a content script answers to the nonce it has made and to no other. A page that framed the panel by itself would have
// neither: nothing answers, and nothing is shown.

import { type Deed, type Opening, PANEL_PORT, parsePanelHash, type ToPage, type ToPanel } from "../page-messages";

export class PageLink {
  readonly #port: chrome.runtime.Port;
  readonly #asked = new Map<number, (result: boolean | string) => void>();
  #count = 0;
  #room: number | null = null;
  #onRoom: (height: number) => void = () => {};

  constructor(
    port: chrome.runtime.Port,
    readonly opening: Opening,
  ) {
    this.#port = port;
    port.onMessage.addListener((message: ToPanel) => this.#receive(message));
    port.onDisconnect.addListener(() => {
      for (const answer of this.#asked.values()) answer(false);
      this.#asked.clear();
    });
  }

  /** Whether the page did it; where its text was asked for, that. False once the page is gone. */
  do(deed: Deed): Promise<boolean | string> {
    return new Promise((resolve) => {
      this.#count += 1;
      this.#asked.set(this.#count, resolve);
      if (!this.#send({ type: "do", id: this.#count, deed })) resolve(false);
    });
  }

  /** Says how high the panel is. */
  size(height: number): void {
    this.#send({ type: "size", height });
  }

  /** Asks to be taken away. */
  close(): void {
    this.#send({ type: "close" });
  }

  /** Calls `listener` with the height that the panel may have, now and whenever it changes. */
  onRoom(listener: (height: number) => void): void {
    this.#onRoom = listener;
    if (this.#room !== null) listener(this.#room);
  }

  #receive(message: ToPanel): void {
    switch (message.type) {
      case "open":
        return; // once is enough
      case "room":
        this.#room = message.height;
        return this.#onRoom(message.height);
      case "did":
        this.#asked.get(message.id)?.(message.result);
        this.#asked.delete(message.id);
    }
  }

  /** False when the port turns out to be closed. */
  #send(message: ToPage): boolean {
    try {
      this.#port.postMessage(message);
      return true;
    } catch {
      return false;
    }
  }
}

/** Null where no content script answers to the nonce in `hash`. */
export async function openLink(hash: string): Promise<PageLink | null> {
  const asked = parsePanelHash(hash);
  const tab = await chrome.tabs.getCurrent();
  if (!asked || tab?.id === undefined) return null;
  const port = chrome.tabs.connect(tab.id, { frameId: asked.frameId, name: PANEL_PORT + asked.nonce });
  return new Promise((resolve) => {
    const hear = (message: ToPanel) => {
      if (message.type !== "open") return;
      port.onMessage.removeListener(hear);
      resolve(new PageLink(port, message));
    };
    port.onMessage.addListener(hear);
    port.onDisconnect.addListener(() => {
      void chrome.runtime.lastError; // reading it keeps Chrome from logging it as unchecked
      resolve(null);
    });
  });
}
