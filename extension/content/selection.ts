// What the person selected, where it is, how to give the focus back, and how to write there.

import { editableWriter, fieldWriter, type Writer } from "./writer";

export interface Passage {
  text: string;
  /** Where the selection is now, in the window; null when it can no longer be found. */
  rect: () => DOMRect | null;
  /** Puts focus and selection back as they were. */
  restore: () => void;
  /** Null where the page cannot be written in. */
  writer: Writer | null;
}

export function readSelection(): Passage | null {
  const field = document.activeElement;
  if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) {
    const passage = fromField(field);
    if (passage) return passage;
  }
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  // toString of a selection keeps the line breaks one sees; a range's does not.
  const text = selection.toString();
  if (!text.trim()) return null;
  const range = selection.getRangeAt(0).cloneRange();
  return {
    text,
    rect: () => nonEmpty(range.getBoundingClientRect()),
    restore() {
      if (field instanceof HTMLElement) field.focus({ preventScroll: true });
      const now = document.getSelection();
      if (!now || !range.startContainer.isConnected) return;
      now.removeAllRanges();
      now.addRange(range);
    },
    writer: editableWriter(range),
  };
}

function fromField(field: HTMLTextAreaElement | HTMLInputElement): Passage | null {
  // A password is never read; a number or date field has no selection to ask for.
  if (field.type === "password") return null;
  const { selectionStart: start, selectionEnd: end } = field;
  if (start === null || end === null || start === end) return null;
  return {
    text: field.value.slice(start, end),
    rect: () => (field.isConnected ? nonEmpty(field.getBoundingClientRect()) : null),
    restore() {
      field.focus({ preventScroll: true });
      field.setSelectionRange(start, end);
    },
    writer: fieldWriter(field, start, end),
  };
}

function nonEmpty(rect: DOMRect): DOMRect | null {
  return rect.width > 0 || rect.height > 0 ? rect : null;
}

/** Where a passage comes from the browser alone (a frame out of reach) or is missing: no place, nothing to restore. */
export function placeless(text: string): Passage {
  const field = document.activeElement;
  return {
    text,
    rect: () => null,
    restore() {
      if (field instanceof HTMLElement) field.focus({ preventScroll: true });
    },
    writer: null,
  };
}
