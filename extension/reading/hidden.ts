// What a person cannot see on a page. Text that is there for machines alone is no part of what is read: it would be
// summarized as if it had been said, and it is where instructions to assistants hide.

/** No text of a reader's is in these. */
const NO_TEXT: ReadonlySet<string> = new Set(
  "SCRIPT STYLE NOSCRIPT TEMPLATE HEAD TEXTAREA SELECT OPTION DATALIST IFRAME OBJECT EMBED CANVAS VIDEO AUDIO SVG MAP PROGRESS METER".split(
    " ",
  ),
);

export const holdsNoText = (element: Element) => NO_TEXT.has(element.tagName.toUpperCase());

/** Smaller than this in either direction, what overflows being cut off, is how text is kept for screen readers only. */
const TINY_PX = 1;

/**
 * Whether an element keeps what is in it from being seen. Asked from the root downwards, so each looks at itself alone;
 * `visibility` is the exception, which a child may undo: see `isInvisible`.
 */
export function isHidden(element: Element, style: CSSStyleDeclaration): boolean {
  if (style.display === "none" || style.contentVisibility === "hidden") return true;
  if (Number(style.opacity) === 0 && !appearsLater(style)) return true;
  if (style.display === "contents" || style.display === "inline") return false; // no box to measure
  if (isCutOff(style) && !style.display.startsWith("table")) {
    const { width, height } = element.getBoundingClientRect();
    if (width <= TINY_PX || height <= TINY_PX) return true;
  }
  if (/^rect\((?:[01]px(?:, | )?){4}\)$/.test(style.clip)) return true;
  return isOffPage(element, style);
}

/** For the text that lies in an element directly. */
export function isInvisible(style: CSSStyleDeclaration): boolean {
  if (style.visibility !== "visible" || Number.parseFloat(style.fontSize) < 1) return true;
  // A background that shows through the letters is how text gets a gradient.
  return isTransparent(style.getPropertyValue("-webkit-text-fill-color")) && style.backgroundClip !== "text";
}

const isTransparent = (color: string) => /^rgba\(.*, 0\)$/.test(color);

/** Faded in when it is scrolled to: one will see it. */
function appearsLater(style: CSSStyleDeclaration): boolean {
  const lasts = (durations: string) => durations.split(",").some((duration) => Number.parseFloat(duration) > 0);
  return lasts(style.transitionDuration) || (style.animationName !== "none" && lasts(style.animationDuration));
}

function isCutOff(style: CSSStyleDeclaration): boolean {
  // Scaled to nothing is cut off too.
  return (
    (style.overflowX !== "visible" && style.overflowY !== "visible") ||
    style.clipPath.startsWith("inset") ||
    style.transform !== "none"
  );
}

/** Moved to where no scrolling leads, left of the page or above it. */
function isOffPage(element: Element, style: CSSStyleDeclaration): boolean {
  if (Number.parseFloat(style.textIndent) < -900) return true;
  if (style.position !== "absolute" && style.position !== "fixed") return false;
  const box = element.getBoundingClientRect();
  if (box.width === 0 && box.height === 0) return false; // what overflows it may be seen
  const right = box.right + (style.position === "absolute" ? scrollX : 0);
  const bottom = box.bottom + (style.position === "absolute" ? scrollY : 0);
  // In a page written from right to left, scrolling leads to the left.
  const leftOfPage = right <= 0 && getComputedStyle(document.documentElement).direction === "ltr";
  return leftOfPage || bottom <= 0;
}
