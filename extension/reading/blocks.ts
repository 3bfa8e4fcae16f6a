// Paragraphs as a reader sees them: runs of text that nothing parts, with white space as it is shown, and the way back from a
// place in such a text to its node in the page.

import type { Run } from "./runs";

export type BlockKind = "text" | "heading" | "item" | "quote" | "caption" | "row" | "code";

/** Where in a block's text a text node's characters begin. */
interface Piece {
  readonly at: number;
  readonly node: Text;
  /** For each character of the block from `at` on, where in the node it comes from. */
  readonly offsets: readonly number[];
}

export interface Block {
  readonly text: string;
  readonly kind: BlockKind;
  /** The part of the text that is links. */
  readonly links: number;
  readonly element: Element;
  readonly pieces: readonly Piece[];
}

const HEADINGS: ReadonlySet<string> = new Set(["H1", "H2", "H3", "H4", "H5", "H6"]);

/** The blocks that the kept runs make up, in the order of the page. */
export function blocksOf(runs: readonly Run[], kept: ReadonlySet<number>): Block[] {
  const blocks: Block[] = [];
  let open: { group: Element; builder: Builder; last: Text } | null = null;
  for (const [number, run] of runs.entries()) {
    if (!kept.has(number)) continue;
    const first = run.nodes[0];
    const last = run.nodes.at(-1);
    if (!first || !last) continue;
    const group = groupOf(run.parent);
    const parting = open && open.group === group ? between(open.last, first, group) : "block";
    if (!open || parting === "block") {
      open = { group, builder: new Builder(group), last };
      blocks.push(open.builder);
    } else if (parting === "space") {
      open.builder.space();
    }
    const verbatim = isVerbatim(group);
    for (const node of run.nodes) {
      for (const [i, [from, to]] of (verbatim ? paragraphsIn(node.data) : [[0, node.data.length] as const]).entries()) {
        if (i > 0) {
          open = { group, builder: new Builder(group), last };
          blocks.push(open.builder);
        }
        open.builder.add(node, from, to);
      }
    }
    open.builder.countLinks(run);
    open.last = last;
  }
  return blocks.filter((block) => block.text !== "");
}

/** Whether line breaks are shown as they are written: there, an empty line parts paragraphs. */
function isVerbatim(element: Element): boolean {
  return getComputedStyle(element).whiteSpace.startsWith("pre") || element.closest("pre") !== null;
}

function paragraphsIn(text: string): [number, number][] {
  const parts: [number, number][] = [];
  let from = 0;
  for (const { index, 0: gap } of text.matchAll(/\n[^\S\n]*\n\s*/g)) {
    parts.push([from, index]);
    from = index + gap.length;
  }
  parts.push([from, text.length]);
  return parts;
}

/** The nearest element that stands apart from what is around it. The cells of a table's row stand together. */
function groupOf(element: Element): Element {
  let at = element;
  while (at.parentElement && (isInline(at) || getComputedStyle(at).display === "table-cell")) at = at.parentElement;
  return at;
}

const displays = new WeakMap<Element, boolean>();

function isInline(element: Element): boolean {
  let inline = displays.get(element);
  if (inline === undefined) {
    const { display } = getComputedStyle(element);
    inline = display.startsWith("inline") || display === "contents" || display.startsWith("ruby");
    displays.set(element, inline);
  }
  return inline;
}

/** What parts two text nodes of one group: nothing, a space, or enough to make them two blocks. */
function between(from: Text, to: Text, group: Element): "nothing" | "space" | "block" {
  const walker = document.createTreeWalker(group, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  walker.currentNode = from;
  let breaks = 0;
  let parting: "nothing" | "space" = "nothing";
  // A cell that is left parts as one that is entered does.
  if (cellOf(from) !== cellOf(to)) parting = "space";
  for (let node = walker.nextNode(); node && node !== to; node = walker.nextNode()) {
    if (node instanceof Text) {
      if (/\S/.test(node.data)) breaks = 0;
      else parting = "space";
    } else if (node instanceof Element) {
      if (node.tagName === "BR") {
        breaks += 1;
        parting = "space";
        if (breaks > 1) return "block";
      } else if (!isInline(node) && !node.contains(to)) {
        const { display } = getComputedStyle(node);
        if (display !== "none" && display !== "table-cell") return "block";
      }
    }
  }
  return parting;
}

const cellOf = (node: Text) => node.parentElement?.closest("td, th") ?? null;

class Builder implements Block {
  readonly kind: BlockKind;
  readonly pieces: Piece[] = [];
  readonly element: Element;
  #text = "";
  #linked = 0;
  #gap = false;

  constructor(element: Element) {
    this.element = element;
    this.kind = kindOf(element);
  }

  get text(): string {
    return this.#text;
  }

  get links(): number {
    return this.#text ? Math.min(1, this.#linked / this.#text.length) : 0;
  }

  space(): void {
    this.#gap = true;
  }

  /** Adds `from..to` of a node's characters. */
  add(node: Text, from: number, to: number): void {
    const offsets: number[] = [];
    const at = this.#text.length;
    let text = "";
    const { data } = node;
    for (let i = from; i < to; i += 1) {
      const char = data[i] ?? "";
      if (isSpace(char)) {
        this.#gap = true;
        continue;
      }
      if (this.#gap && this.#text + text !== "") {
        // The space belongs to no one's node for certain; before this character is where one would point.
        text += " ";
        offsets.push(i > 0 && isSpace(data[i - 1] ?? "") ? i - 1 : i);
      }
      this.#gap = false;
      text += char;
      offsets.push(i);
    }
    if (!text) return;
    this.#text += text;
    this.pieces.push({ at, node, offsets });
  }

  countLinks(run: Run): void {
    if (run.parent.closest("a[href]")) for (const node of run.nodes) this.#linked += node.data.trim().length;
  }
}

const isSpace = (char: string) => /\s/.test(char);

function kindOf(element: Element): BlockKind {
  if (element.closest("pre")?.querySelector("code") || element.closest("code")) return "code";
  if (element.closest("figcaption, caption")) return "caption";
  for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
    if (HEADINGS.has(at.tagName)) return "heading";
    if (at.tagName === "LI" || at.tagName === "DT" || at.tagName === "DD") return "item";
    if (at.tagName === "BLOCKQUOTE") return "quote";
    if (at.tagName === "TR" && at === element) return "row";
    if (at.tagName === "ARTICLE" || at.tagName === "SECTION" || at.tagName === "MAIN") break;
  }
  return "text";
}

/** `from..to` of a block's text, in the page; null when its nodes are gone. */
export function rangeIn(block: Block, from: number, to: number): Range | null {
  const start = locate(block, from);
  const end = locate(block, Math.max(from, to - 1));
  if (!start?.node.isConnected || !end?.node.isConnected) return null;
  const range = document.createRange();
  try {
    range.setStart(start.node, start.offset);
    range.setEnd(end.node, Math.min(end.offset + 1, end.node.data.length));
  } catch {
    return null; // the page has written other text into the node since
  }
  return range;
}

function locate(block: Block, at: number): { node: Text; offset: number } | null {
  const piece = block.pieces.findLast((piece) => piece.at <= at);
  if (!piece) return null;
  const offset = piece.offsets[Math.min(at - piece.at, piece.offsets.length - 1)];
  return offset === undefined ? null : { node: piece.node, offset };
}
