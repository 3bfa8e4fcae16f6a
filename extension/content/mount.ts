// Puts the panel into the page: a frame of the extension's in a closed shadow root, above everything, out of reach of the page's
// styles and scripts. What needs the page stays here: the selection, the place beside it, and writing.

import { t } from "../i18n";
import { newId } from "../new-id";
import { type Invitation, PANEL_PORT, panelHash, type ToPage, type ToPanel } from "../page-messages";
import tokens from "../ui/tokens.css?inline";
import { followPlace } from "./follow";
import css from "./frame.css?inline";
import type { Passage } from "./selection";
import { serve } from "./serve";

const HOST = "chord-assistant";
/** A frame that has been loaded for this long and has not said anything will not: the page does not let its scripts run. */
const SILENT_MS = 4000;

/** Returns how to take it away without touching focus or selection. Closed by the person, it gives the focus back. */
export function mountPanel(passage: Passage, invitation: Invitation, onClosed: () => void): () => void {
  const host = document.createElement(HOST);
  const root = host.attachShadow({ mode: "closed" });
  // Constructed sheets are no inline style, so no page's policy forbids them.
  root.adoptedStyleSheets = [tokens, css].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  const nonce = newId();
  const frame = panelFrame(nonce, invitation.frameId);
  let port: chrome.runtime.Port | null = null;
  let silent: ReturnType<typeof setTimeout> | undefined;
  let notice: HTMLElement | null = null;

  const send = (message: ToPanel) => port?.postMessage(message);
  const follow = followPlace(frame, passage, (height) => send({ type: "room", height }));

  const remove = () => {
    clearTimeout(silent);
    removeEventListener("keydown", onEscape, true);
    chrome.runtime?.onConnect?.removeListener(onConnect);
    follow.stop();
    port?.disconnect();
    port = null;
    host.remove();
    onClosed();
  };
  const close = () => {
    // Who has gone on to something else in the page is not called back.
    const inside = document.activeElement === host;
    remove();
    if (inside) passage.restore();
  };
  const onEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !event.isTrusted || !host.isConnected) return;
    // The panel is the innermost thing; what the page has open stays open.
    event.preventDefault();
    event.stopImmediatePropagation();
    close();
  };

  function onConnect(opened: chrome.runtime.Port): void {
    // Only the extension's own pages can open a port to here, and only the frame above knows the nonce.
    if (opened.name !== PANEL_PORT + nonce || opened.sender?.id !== chrome.runtime.id || port) return;
    port = opened;
    clearTimeout(silent);
    notice?.remove();
    const { text, writer } = passage;
    const { title, location } = document;
    send({ type: "open", text, writable: writer !== null, title, host: location.hostname, action: invitation.action });
    send({ type: "room", height: follow.room() });
    // Taken out by the page, or ended with the extension: there is nothing left to show.
    opened.onDisconnect.addListener(remove);
    opened.onMessage.addListener((message: ToPage) => {
      switch (message.type) {
        case "size": {
          const first = !follow.shown();
          follow.show(message.height);
          if (first) frame.focus({ preventScroll: true });
          return undefined;
        }
        case "close":
          return close();
        case "do":
          return void serve(message.deed, passage.writer).then((result) => {
            // What was not written is copied or told of in the panel: that needs the focus.
            if (result === false) frame.focus({ preventScroll: true });
            send({ type: "did", id: message.id, result });
          });
      }
    });
  }

  frame.addEventListener("load", () => {
    clearTimeout(silent);
    silent = setTimeout(() => {
      notice = silentNotice(close);
      root.append(notice);
    }, SILENT_MS);
  });
  chrome.runtime.onConnect.addListener(onConnect);
  addEventListener("keydown", onEscape, true);

  // Left behind by an extension that has been reloaded since; its own script can do no more than stand there.
  for (const orphan of document.querySelectorAll(HOST)) orphan.remove();
  root.append(frame);
  outlet().append(host);
  // The top layer: no z-index of the page's is above it.
  host.popover = "manual";
  host.showPopover();
  follow.put();
  return remove;
}

function panelFrame(nonce: string, frameId: number): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.title = t("panel_name");
  frame.allow = "clipboard-write";
  // A page that is cross-origin isolated takes no other; the panel keeps nothing of its own.
  (frame as HTMLIFrameElement & { credentialless: boolean }).credentialless = true;
  frame.src = chrome.runtime.getURL("panel/index.html") + panelHash(nonce, frameId);
  return frame;
}

/** In place of a box that would stay empty. */
function silentNotice(close: () => void): HTMLElement {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = t("panel_close");
  button.addEventListener("click", close);
  notice.append(t("panel_silent"), button);
  return notice;
}

/** Outside an open modal dialog or the full-screen element nothing can be seen or clicked, so the panel goes inside. */
function outlet(): Element {
  const dialogs = document.querySelectorAll("dialog:modal");
  return dialogs[dialogs.length - 1] ?? document.fullscreenElement ?? document.documentElement;
}
