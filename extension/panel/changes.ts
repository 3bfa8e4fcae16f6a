// What a proofread text changed, word by word, and the text that some of the changes make. Pure.

import { diffWordsWithSpace } from "diff";

export type Piece = { kind: "same"; text: string } | { kind: "change"; from: string; to: string };

/** More words than this are not compared: time grows with their square, and the page stands still meanwhile. */
const MOST_EDITS = 2000;

/** `before` turned into `after`, in pieces: what stays, and what is replaced by what. */
export function pieces(before: string, after: string): Piece[] {
  const found: Piece[] = [];
  const parts = diffWordsWithSpace(before, after, { maxEditLength: MOST_EDITS });
  if (!parts) return [{ kind: "change", from: before, to: after }];
  for (const { value, added, removed } of parts) {
    const last = found.at(-1);
    if (!added && !removed) found.push({ kind: "same", text: value });
    else if (last?.kind === "change") last[removed ? "from" : "to"] += value;
    else found.push({ kind: "change", from: removed ? value : "", to: added ? value : "" });
  }
  return found;
}

/** The text with all changes made but those whose index in `all` is in `rejected`. */
export function applied(all: readonly Piece[], rejected: ReadonlySet<number>): string {
  return all.map((piece, i) => (piece.kind === "same" ? piece.text : rejected.has(i) ? piece.from : piece.to)).join("");
}

/** An answer as it stands in the place of `selection`: with the blanks around it that the selection has. */
export function inPlaceOf(selection: string, answer: string): string {
  const [before = ""] = /^\s*/.exec(selection) ?? [];
  const [after = ""] = /\s*$/.exec(selection) ?? [];
  return selection.trim() === "" ? answer : before + answer.trim() + after;
}
