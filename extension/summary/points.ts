// What a summary is made of: things said, each with the places in the page that say so. Pure.

import type { PageText, Place } from "../reading/messages";
import { countWords } from "../reading/sentences";

export const KINDS = ["points", "tldr", "teaser", "headline"] as const;
export type Kind = (typeof KINDS)[number];
export const LENGTHS = ["short", "medium", "long"] as const;
export type Length = (typeof LENGTHS)[number];

export interface Citation {
  place: Place;
  /** Whether the words that are cited stand there, character by character. */
  verified: boolean;
}

export interface Point {
  text: string;
  citations: Citation[];
}

/** Words a minute when reading silently: the mean of 190 studies (Brysbaert 2019). */
const READING_SPEED = 238;

export const wordsOf = (page: PageText) => page.paragraphs.reduce((sum, { text }) => sum + countWords(text), 0);

/** Minutes that reading `points` takes less than reading a page of `words`; 0 when it is less than one. */
export function minutesSaved(words: number, points: readonly Point[]): number {
  const read = points.reduce((sum, { text }) => sum + countWords(text), 0);
  return Math.max(0, Math.floor((words - read) / READING_SPEED));
}
