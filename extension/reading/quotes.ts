// Whether a page says what it is said to say. White space is the only thing that may differ: a quote that is nearly right is
// wrong. Pure.

import type { Paragraph, Place } from "./messages";

/** Shorter than this, finding it says little: any page has "in the". */
const SHORTEST = 12;

const MARKS = /^["“”„«»'‘’\s]+|["“”„«»'‘’\s]+$/g;

/** `quote` without the marks around it and with single spaces: as a page's paragraphs are kept. */
export function normalised(quote: string): string {
  return quote.replace(/\s+/g, " ").replace(MARKS, "");
}

/** Where the quote stands: in the paragraph that is named if it is there, else wherever it comes first. */
export function findQuote(paragraphs: readonly Paragraph[], quote: string, named?: number): Place | null {
  const wanted = normalised(quote);
  if (wanted.length < SHORTEST) return null;
  const order = named !== undefined && paragraphs[named] ? [named, ...paragraphs.keys()] : paragraphs.keys();
  for (const paragraph of order) {
    const from = paragraphs[paragraph]?.text.indexOf(wanted) ?? -1;
    if (from >= 0) return { paragraph, from, to: from + wanted.length };
  }
  return null;
}
