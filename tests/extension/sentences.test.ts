import { expect, test } from "vitest";
import { countWords, sentencesOf } from "../../extension/reading/sentences";

const cut = (text: string, lang = "en") => sentencesOf(text, lang).map(({ from, to }) => text.slice(from, to));

const CASES: [string, string[]][] = [
  ["It rained. We left.", ["It rained.", "We left."]],
  ["Dr. Smith met Mrs. Jones. They talked.", ["Dr. Smith met Mrs. Jones.", "They talked."]],
  ["J. R. R. Tolkien wrote it. Nobody knew.", ["J. R. R. Tolkien wrote it.", "Nobody knew."]],
  ["He lives in the U.S. and works. She does not.", ["He lives in the U.S. and works.", "She does not."]],
  ["It is in the U.S. The other is not.", ["It is in the U.S.", "The other is not."]],
  ["Use a tool, e.g. a hammer, for it. Then stop.", ["Use a tool, e.g. a hammer, for it.", "Then stop."]],
  ["It costs $3.50 today. Tomorrow 4.", ["It costs $3.50 today.", "Tomorrow 4."]],
  ["“Is it true?” she asked. It was.", ["“Is it true?” she asked.", "It was."]],
  ["Yahoo! will be sold. Verizon buys it.", ["Yahoo! will be sold.", "Verizon buys it."]],
  ["It was found in 1823.[4][5] Later it was lost.", ["It was found in 1823.[4][5]", "Later it was lost."]],
  ["See Fig. 3 and p. 12. Both help.", ["See Fig. 3 and p. 12.", "Both help."]],
  ["Go with Plan B. It is safer.", ["Go with Plan B.", "It is safer."]],
  ["", []],
  ["   ", []],
];
test.each(CASES)("%j", (text, expected) => expect(cut(text)).toEqual(expected));

test("scripts without spaces, and languages that do not exist", () => {
  expect(cut("今天下雨了。我们走吧！好吗？", "zh")).toEqual(["今天下雨了。", "我们走吧！", "好吗？"]);
  expect(cut("One. Two.", "not a language")).toEqual(["One.", "Two."]);
});

test("nothing is lost: the sentences hold every character but white space", () => {
  const text = `  A first one. "Quoted!" he said …  and on. No. 5 is alive? Yes.\n(It is.) end`;
  expect(cut(text).join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
});

test("words are counted in any script", () => {
  expect(countWords("It's a well-known fact, isn't it?")).toBe(6);
  expect(countWords("今天下雨了我们走吧")).toBe(5);
});
