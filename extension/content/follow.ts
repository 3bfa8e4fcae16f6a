// Keeps the panel's frame beside the passage while the page scrolls, the window changes, or the panel grows.

import { place } from "./place";
import type { Passage } from "./selection";

/** The border, which the panel inside knows nothing of. */
const BORDER = 2;

export interface Follower {
  /** Puts the frame where it belongs now. */
  put: () => void;
  /** Shows the frame, around a panel of this height in CSS pixels. */
  show: (height: number) => void;
  shown: () => boolean;
  /** The height that the panel may have. */
  room: () => number;
  stop: () => void;
}

/** `onRoom` is called when that height changes. */
export function followPlace(frame: HTMLIFrameElement, passage: Passage, onRoom: (height: number) => void): Follower {
  let height: number | null = null;
  let room = 0;
  let next = 0;
  const put = () => {
    next = 0;
    const { clientWidth: width, clientHeight } = document.documentElement;
    const at = place(passage.rect(), { width, height: Math.min(clientHeight, innerHeight) || innerHeight });
    Object.assign(frame.style, {
      left: `${at.left}px`,
      top: at.top === null ? "auto" : `${at.top}px`,
      bottom: at.bottom === null ? "auto" : `${at.bottom}px`,
      width: `${at.width}px`,
      height: `${Math.min((height ?? 160) + BORDER, at.maxHeight)}px`,
    });
    const now = Math.floor(at.maxHeight) - BORDER;
    if (now === room) return;
    room = now;
    onRoom(room);
  };
  const soon = () => {
    next ||= requestAnimationFrame(put);
  };
  addEventListener("scroll", soon, { capture: true, passive: true });
  addEventListener("resize", soon);
  return {
    put,
    show(panelHeight) {
      height = panelHeight;
      frame.classList.add("shown");
      put();
    },
    shown: () => height !== null,
    room: () => room,
    stop() {
      cancelAnimationFrame(next);
      removeEventListener("scroll", soon, { capture: true });
      removeEventListener("resize", soon);
    },
  };
}
