// The bubble's script: in the pages of sites on which the person wants the assistant always at hand. It is small, listens for one
// event, and puts nothing into the page before there is a selection. The assistant itself comes when the bubble is pressed.

import { BUBBLE_OFF } from "../../page-messages";
import type { Call } from "../../protocol";
import { showBubble } from "./bubble";
import { offeredPlace } from "./offered";

/** A selection that has not changed for this long has settled. */
const SETTLED_MS = 150;

declare global {
  // In the extension's isolated world; the page cannot see it.
  var chordBubble: { alive: () => boolean } | undefined;
}

if (!globalThis.chordBubble?.alive()) start();

function start(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let remove: (() => void) | null = null;
  let running = true;
  // Once the extension is reloaded, `id` is gone and a new script takes over.
  const alive = () => running && chrome.runtime?.id !== undefined;
  globalThis.chordBubble = { alive };

  const hide = () => {
    remove?.();
    remove = null;
  };
  const stop = () => {
    running = false;
    clearTimeout(timer);
    hide();
    document.removeEventListener("selectionchange", onChange);
  };
  const tell = (call: Call) => void chrome.runtime.sendMessage(call).catch(() => {}); // the extension is gone: nothing to do

  function onChange(): void {
    hide();
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED_MS);
  }

  function look(): void {
    const place = offeredPlace();
    if (!place) return;
    if (!alive()) return stop();
    remove = showBubble(place, {
      open() {
        hide();
        tell({ type: "assistant.open" });
      },
      hide(everywhere) {
        stop();
        tell({ type: "bubble.hide", everywhere });
      },
      close: hide,
    });
  }

  document.addEventListener("selectionchange", onChange);
  chrome.runtime.onMessage.addListener((message: unknown, sender) => {
    if (sender.id === chrome.runtime.id && !sender.tab && (message as { type?: unknown })?.type === BUBBLE_OFF) stop();
  });
}
