import { expect, test } from "vitest";
import { applied, inPlaceOf, pieces } from "../../extension/panel/changes";

const BEFORE = "Their is a lighthouse on the the cliff";
const AFTER = "There is a lighthouse on the cliff.";

test("all changes made give the new text, none of them the old one", () => {
  for (const [before, after] of [
    [BEFORE, AFTER],
    ["", "new"],
    ["old", ""],
    ["same", "same"],
    ["line one\nline two", "Line one.\n\nLine two."],
    ["語と語", "語、語"],
  ] as const) {
    const all = pieces(before, after);
    const changes = new Set(all.flatMap(({ kind }, i) => (kind === "change" ? [i] : [])));
    expect(applied(all, new Set())).toBe(after);
    expect(applied(all, changes)).toBe(before);
  }
});

test("a change is what is replaced by what, and each can be rejected by itself", () => {
  const all = pieces(BEFORE, AFTER);
  expect(all[0]).toEqual({ kind: "change", from: "Their", to: "There" });
  expect(applied(all, new Set([0]))).toBe("Their is a lighthouse on the cliff.");
  expect(pieces("same", "same")).toEqual([{ kind: "same", text: "same" }]);
});

test("texts that have nothing in common are one change, however long they are", () => {
  const words = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word}${i}`).join(" ");
  const [before, after] = [words("a"), words("b")];
  expect(pieces(before, after)).toEqual([{ kind: "change", from: before, to: after }]);
});

test("an answer stands in a selection's place with the blanks that were around it", () => {
  expect(inPlaceOf("  a\n", "b ")).toBe("  b\n");
  expect(inPlaceOf("a", "b")).toBe("b");
  expect(inPlaceOf(" ", "b")).toBe("b");
});
