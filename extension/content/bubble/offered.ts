// Whether the bubble is offered for what is selected, and where that ends. The time is bounded, however much is selected.

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Fields whose text is nobody's business, by their `autocomplete`: payment, passwords, codes. */
const PRIVATE = /(^|\s)(cc-[a-z-]+|(current|new)-password|one-time-code)(\s|$)/i;

/** What Ace, CodeMirror 5 and 6 and Monaco are drawn in. */
const CODE_EDITORS = ".ace_editor, .CodeMirror, .cm-editor, .monaco-editor";

// A selection that ends in more than this many texts without a letter is not worth looking through.
const MOST_TEXTS = 200;
const MOST_CHARACTERS = 2000;

/** Finds the end of what is selected, now and after the page has moved; null where the bubble is not offered. */
export function offeredPlace(): (() => Box | null) | null {
  const field = focused();
  if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) return inField(field);
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const around = range.commonAncestorContainer;
  if ((around instanceof Element ? around : around.parentElement)?.closest(CODE_EDITORS)) return null;
  const end = lastLetter(range);
  return end && (() => box(end));
}

function focused(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

function inField(field: HTMLTextAreaElement | HTMLInputElement): (() => Box | null) | null {
  if (
    field.closest(CODE_EDITORS) ||
    field.type === "password" ||
    PRIVATE.test(field.getAttribute("autocomplete") ?? "")
  )
    return null;
  const { selectionStart: start, selectionEnd: end } = field;
  if (start === null || end === null) return null;
  if (!/\S/.test(field.value.slice(start, Math.min(end, start + MOST_CHARACTERS)))) return null;
  return () => (field.isConnected ? field.getBoundingClientRect() : null);
}

/** The last letter in `range` that can be seen. */
function lastLetter(range: Range): Range | null {
  const texts = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  let node = lastText(texts, range);
  for (let tries = 0; node && tries < MOST_TEXTS; tries += 1, node = texts.previousNode()) {
    const text = node as Text;
    if (range.comparePoint(text, text.length) < 0) return null; // before it begins
    const to = text === range.endContainer ? range.endOffset : text.length;
    const from = Math.max(text === range.startContainer ? range.startOffset : 0, to - MOST_CHARACTERS);
    const length = text.data.slice(from, to).trimEnd().length;
    if (length === 0) continue;
    const letter = document.createRange();
    letter.setStart(text, from + length - 1);
    letter.setEnd(text, from + length);
    if (box(letter)) return letter;
  }
  return null;
}

/** The text node that `range` ends in or after; `texts` goes on from there. */
function lastText(texts: TreeWalker, { endContainer, endOffset }: Range): Node | null {
  if (endContainer instanceof Text) {
    texts.currentNode = endContainer;
    return endContainer;
  }
  const after = endContainer.childNodes[endOffset];
  if (after) {
    texts.currentNode = after;
    return texts.previousNode();
  }
  let last: Node = endContainer;
  while (last.lastChild) last = last.lastChild;
  texts.currentNode = last;
  return last instanceof Text ? last : texts.previousNode();
}

function box(range: Range): Box | null {
  const rects = range.getClientRects();
  const rect = rects[rects.length - 1];
  return rect && rect.height > 0 ? rect : null;
}
