// Where the panel goes: near the selection, never over it while there is room beside it. Pure.

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Place {
  left: number;
  /** One of the two: the panel grows away from the selection. */
  top: number | null;
  bottom: number | null;
  width: number;
  maxHeight: number;
}

const GAP = 8;
const WIDTH = 420;
const HEIGHT = 480;
// With less room than this above and below, the sides are tried, and then a corner.
const MIN_HEIGHT = 200;
const MIN_WIDTH = 280;

export function place(selection: Box | null, window: { width: number; height: number }): Place {
  const width = Math.min(WIDTH, window.width - 2 * GAP);
  const corner: Place = {
    left: window.width - width - GAP,
    top: null,
    bottom: GAP,
    width,
    maxHeight: Math.min(HEIGHT, Math.max(MIN_HEIGHT, window.height * 0.45)),
  };
  if (!selection || selection.bottom < 0 || selection.top > window.height) return corner;

  const left = clamp(selection.left, GAP, window.width - width - GAP);
  const below = window.height - selection.bottom - 2 * GAP;
  const above = selection.top - 2 * GAP;
  // Below is where one looks next, so it needs only to be roomy, not roomier.
  if (below >= Math.min(320, above) && below >= MIN_HEIGHT) {
    return { left, top: selection.bottom + GAP, bottom: null, width, maxHeight: Math.min(HEIGHT, below) };
  }
  if (above >= MIN_HEIGHT) {
    return { left, top: null, bottom: window.height - selection.top + GAP, width, maxHeight: Math.min(HEIGHT, above) };
  }
  const top = clamp(selection.top, GAP, Math.max(GAP, window.height - MIN_HEIGHT - GAP));
  const beside = { top, bottom: null, maxHeight: Math.min(HEIGHT, window.height - top - GAP) };
  const right = window.width - selection.right - 2 * GAP;
  if (right >= MIN_WIDTH) return { ...beside, left: selection.right + GAP, width: Math.min(width, right) };
  const before = selection.left - 2 * GAP;
  if (before >= MIN_WIDTH) {
    const narrow = Math.min(width, before);
    return { ...beside, left: selection.left - GAP - narrow, width: narrow };
  }
  return corner;
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high));
