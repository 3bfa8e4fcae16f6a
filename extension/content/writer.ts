// Writing an answer into the page where the selection was, as typing and pasting would: the page and its editor hear of it, and
// one undo takes it back. What a page does not take changes nothing.

export interface Writer {
  /** Puts `text` in the place of the selection; false where the page did not take it. */
  replace(text: string): Promise<boolean>;
  /** Puts `text` after the selection, on a line of its own. */
  insertBelow(text: string): Promise<boolean>;
  /** Takes back what was written last; false where the page has not gone back to what it was. */
  revert(): Promise<boolean>;
}

type Field = HTMLTextAreaElement | HTMLInputElement;

/** A writer for the selection `start..end` of a field. */
export function fieldWriter(field: Field, start: number, end: number): Writer | null {
  if (field.readOnly || field.disabled) return null;
  const selected = field.value.slice(start, end);
  const oneLine = field instanceof HTMLInputElement;
  let before: string | null = null;

  async function write(from: number, text: string): Promise<boolean> {
    // Written over meanwhile: what stands there now is not what the answer is about.
    if (!field.isConnected || field.value.slice(start, end) !== selected) return false;
    const value = field.value;
    const whole = value.slice(0, from) + text + value.slice(end);
    field.focus({ preventScroll: true });
    field.setSelectionRange(from, end);
    // What typing comes down to: one step of the browser's own undo, and the events that frameworks wait for.
    document.execCommand("insertText", false, text);
    await settled();
    const cutShort = field.maxLength >= 0 && field.value !== whole;
    if (field.value === value || cutShort) {
      if (field.value !== value) document.execCommand("undo");
      return false;
    }
    before = value;
    return true;
  }

  const line = (text: string) => (oneLine ? text.trim().replace(/\s*\n\s*/g, " ") : text);
  return {
    replace: (text) => write(start, line(text)),
    insertBelow: (text) => write(end, oneLine ? ` ${line(text)}` : `\n\n${text}`),
    async revert() {
      if (before === null || !field.isConnected) return false;
      field.focus({ preventScroll: true });
      document.execCommand("undo");
      await settled();
      return field.value === before;
    },
  };
}

/** A writer for `range`, if it lies in something one can write in: a page's own editable element or a rich-text editor. */
export function editableWriter(range: Range): Writer | null {
  const root = editableRoot(range.commonAncestorContainer);
  if (!root) return null;
  const selected = range.toString();
  let before: string | null = null;

  async function write(after: boolean, text: string): Promise<boolean> {
    const there = root?.isConnected ? stillThere(root, range, selected) : null;
    if (!root || !there) return false;
    if (after) there.collapse(false);
    await select(root, there);
    const was = shown(root);
    // An editor has its own idea of its text, and a paste is the one way in that all of them have. It is taken back in one
    // step, and takes on the formatting it lands in.
    if (!paste(there.startContainer, text)) document.execCommand("insertText", false, text);
    await settled();
    const now = shown(root);
    if (now === was || !now.includes(plain(text))) {
      if (now !== was) await undo(root);
      return false;
    }
    before = was;
    return true;
  }

  return {
    replace: (text) => write(false, text),
    insertBelow: (text) => write(true, `\n\n${text}`),
    async revert() {
      if (before === null || !root.isConnected) return false;
      root.focus({ preventScroll: true });
      await undo(root);
      return shown(root) === before;
    },
  };
}

/** Where the selected text is now. An editor that draws itself anew, as after an undo, leaves a range in nodes that are gone. */
function stillThere(root: HTMLElement, range: Range, selected: string): Range | null {
  const current = document.getSelection();
  const candidates = [range, current?.rangeCount ? current.getRangeAt(0) : null, onlyPlace(root, selected)];
  const inside = (one: Range | null) =>
    one !== null && root.contains(one.startContainer) && one.toString() === selected;
  return candidates.find(inside)?.cloneRange() ?? null;
}

/** The range of `text` in `root`, if it stands there once and in one node. */
function onlyPlace(root: HTMLElement, text: string): Range | null {
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let found: Range | null = null;
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    const value = node.nodeValue ?? "";
    const start = value.indexOf(text);
    if (start < 0) continue;
    if (found || value.includes(text, start + 1)) return null;
    found = document.createRange();
    found.setStart(node, start);
    found.setEnd(node, start + text.length);
  }
  return found;
}

/** The outermost element around `node` that one can write in. */
function editableRoot(node: Node): HTMLElement | null {
  let root: HTMLElement | null = null;
  let element = node instanceof HTMLElement ? node : node.parentElement;
  for (; element?.isContentEditable; element = element.parentElement) root = element;
  return root;
}

/** Gives the focus and the selection back to an editor, and lets it notice: editors follow an event that comes a task later. */
async function select(root: HTMLElement, range: Range): Promise<void> {
  root.focus({ preventScroll: true });
  const selection = document.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
  await settled();
}

/** Whether an editor took the paste. The browser does nothing by itself for a paste that a script makes. */
function paste(at: Node, text: string): boolean {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const target = at instanceof Element ? at : at.parentElement;
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true });
  return target ? !target.dispatchEvent(event) : false;
}

/** The editor's own undo, by its key; the browser's where no editor listens to that. */
async function undo(root: HTMLElement): Promise<void> {
  const mac = navigator.platform.startsWith("Mac");
  const key = { key: "z", code: "KeyZ", keyCode: 90, ctrlKey: !mac, metaKey: mac };
  const event = new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true, composed: true });
  if (root.dispatchEvent(event)) document.execCommand("undo");
  await settled();
}

/** After what a frame brings: editors that draw later have drawn. */
const settled = () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));

// Line breaks become paragraphs, spaces become non-breaking ones: only the words are compared.
const plain = (text: string) => text.replace(/[\s\u200b\ufeff]+/g, "");
const shown = (root: HTMLElement) => plain(root.textContent ?? "");
