// A Markdown text as blocks, while it grows. Only the end of it is read again at each step: what stands before the last block
// can no longer change, so a long answer costs no more per token than a short one.

import { Marked, type Token } from "marked";

// A model's line break is one: `breaks`.
const markdown = new Marked({ gfm: true, breaks: true });

export interface Blocks {
  /** The text they are of. */
  readonly text: string;
  /** A block that is the same as at the last step is the same object. */
  readonly tokens: readonly Token[];
  /** How much of the text, and how many of the blocks, are settled. */
  readonly settled: { readonly chars: number; readonly tokens: number };
}

export const NOTHING: Blocks = { text: "", tokens: [], settled: { chars: 0, tokens: 0 } };

/** The blocks of a text, going on from those of an earlier state of it. */
export function read(written: string, before: Blocks): Blocks {
  const text = written.replace(/\r\n?/g, "\n"); // as the lexer does
  if (text === before.text) return before;
  const { chars, tokens: count } = text.startsWith(before.text) ? before.settled : NOTHING.settled;
  const tail = markdown.lexer(text.slice(chars));
  const tokens = [...before.tokens.slice(0, count), ...tail];
  // The last block may grow, and one more item may follow a list after a blank line.
  const last = tail.findLastIndex(({ type }) => type !== "space");
  const done = tail.slice(0, Math.max(last, 0));
  const length = done.reduce((sum, { raw }) => sum + raw.length, 0);
  return { text, tokens, settled: { chars: chars + length, tokens: count + done.length } };
}
