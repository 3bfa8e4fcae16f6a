import { expect, test } from "vitest";
import type { Paragraph } from "../../extension/reading/messages";
import { findQuote } from "../../extension/reading/quotes";

const paragraph = (text: string): Paragraph => ({ text, kind: "text", links: 0 });
const PAGE = [
  paragraph("The lamp was lit in July 1823 at Cordouan."),
  paragraph("Its beam reached the horizon. The lamp was lit in July 1823 again."),
];

test("a quote is found where it is said to be, or wherever it is", () => {
  expect(findQuote(PAGE, "lit in July 1823", 1)).toEqual({ paragraph: 1, from: 43, to: 59 });
  expect(findQuote(PAGE, "lit in July 1823")).toEqual({ paragraph: 0, from: 13, to: 29 });
  expect(findQuote(PAGE, "reached the horizon", 0)).toEqual({ paragraph: 1, from: 9, to: 28 });
  expect(findQuote(PAGE, "lit in July 1823", 99)?.paragraph).toBe(0);
});

test("white space and the marks around it may differ, nothing else", () => {
  expect(findQuote(PAGE, " “Its beam\n reached  the horizon.” ")?.paragraph).toBe(1);
  for (const wrong of ["its beam reached the horizon", "The lamp was lit in July 1824", "lamp lit in July", "in July"])
    expect(findQuote(PAGE, wrong), wrong).toBeNull();
});
