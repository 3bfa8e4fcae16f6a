// From what a model wrote to points with citations, each checked against the page. What it claims is not believed: a quote
// counts when it stands in the page, character by character. Pure.

import type { PageText, Paragraph } from "../reading/messages";
import { findQuote } from "../reading/quotes";
import { termsOf } from "./candidates";
import type { Citation, Point } from "./points";

/** `[12 "words"]`, `[¶12: “words”]`, `[12]`, `(12)`, `[3, 7]`, at the end or in the middle. */
const MARK = /[[(]\s*¶?\s*(\d{1,6}(?:\s*[,;]\s*¶?\s*\d{1,6})*)\s*[:,]?\s*(?:["“«]([^"”»\]]*)["”»]?)?\s*[\])]/g;
/** One that is still being written. */
const UNFINISHED = /[[(]\s*¶?\s*\d{0,6}[^\])]*$/;
const BULLET = /^\s*(?:[-*•–]|\d{1,2}[.)])\s+/;
/** A line that says nothing, like "Here are the key points:". */
const SHORTEST = 12;

/** The points of an answer, one a line. `among`: the paragraphs the model was shown. */
export function parsePoints(answer: string, page: PageText, among: readonly number[]): Point[] {
  return answer
    .split("\n")
    .filter((line) => line.trim().length >= SHORTEST && !/:\s*$/.test(line))
    .map((line) => parsePoint(line.replace(BULLET, ""), page, among))
    .filter(({ text }) => text.length >= SHORTEST);
}

/** One text with its citations. */
export function parsePoint(written: string, page: PageText, among: readonly number[]): Point {
  const text = written
    .replace(MARK, "")
    .replace(UNFINISHED, "")
    .replace(/\s+([.,;!?])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
  const citations: Citation[] = [];
  for (const [, numbers = "", quote = ""] of written.matchAll(MARK)) {
    const named = numbers.split(/[,;]/).map((number) => Number(number.replace(/\D/g, "")) - 1);
    const place = quote ? findQuote(page.paragraphs, quote, named[0]) : null;
    if (place) citations.push({ place, verified: true });
    else for (const paragraph of named) if (among.includes(paragraph)) citations.push(whole(page, paragraph));
  }
  // Every point has a place to look it up, if only the likeliest.
  if (citations.length === 0) {
    const paragraph = closest(text, page, among);
    if (paragraph !== undefined) citations.push(whole(page, paragraph));
  }
  return { text, citations: distinct(citations) };
}

const whole = (page: PageText, paragraph: number): Citation => ({
  place: { paragraph, from: 0, to: page.paragraphs[paragraph]?.text.length ?? 0 },
  verified: false,
});

/** The paragraph that shares most words with a text. */
function closest(text: string, page: PageText, among: readonly number[]): number | undefined {
  const wanted = new Set(termsOf(text));
  let best: number | undefined;
  let most = -1;
  for (const paragraph of among) {
    const terms = termsOfParagraph(page.paragraphs[paragraph]);
    let shared = 0;
    for (const term of wanted) if (terms.has(term)) shared += 1;
    const value = shared / Math.sqrt(terms.size || 1);
    if (value > most) [most, best] = [value, paragraph];
  }
  return best;
}

const known = new WeakMap<Paragraph, ReadonlySet<string>>();

function termsOfParagraph(paragraph: Paragraph | undefined): ReadonlySet<string> {
  if (!paragraph) return new Set();
  let terms = known.get(paragraph);
  if (!terms) {
    terms = new Set(termsOf(paragraph.text));
    known.set(paragraph, terms);
  }
  return terms;
}

/** One for each paragraph; what is verified stands for what is not. */
function distinct(citations: readonly Citation[]): Citation[] {
  const found = new Map<number, Citation>();
  for (const citation of citations) {
    const other = found.get(citation.place.paragraph);
    if (!other || (citation.verified && !other.verified)) found.set(citation.place.paragraph, citation);
  }
  return [...found.values()];
}
