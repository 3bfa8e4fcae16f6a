// The summary that needs no model of one's own: sentences of the page, chosen by the built-in model. docs/SUMMARIES.md tells
// the method.

import type { PageText } from "../reading/messages";
import { candidateCount, chooseCandidates } from "./candidates";
import { centrality, dot } from "./centrality";
import { diverse } from "./mmr";
import { type Kind, type Length, type Point, wordsOf } from "./points";
import { leans, paragraphsIn, type Sentence, sentencesIn } from "./sentences";

/** Vectors of texts, of length 1. */
export type Embed = (texts: string[], onProgress: (done: number) => void) => Promise<Float32Array[]>;

/** Sentences of a summary. */
const COUNTS: Record<"points" | "tldr", Record<Length, number>> = {
  points: { short: 3, medium: 5, long: 8 },
  tldr: { short: 1, medium: 2, long: 3 },
};

// How much each thing counts.
const WEIGHTS = { central: 0.6, title: 0.25, early: 0.15 };
/** A sentence that leans on the one before says less alone; so does one that goes on and on. */
const LEANING = 0.85;
const LONG_WORDS = 40;
const LONG = 0.9;

export interface ReadingProgress {
  /** Passages: the page's paragraphs that are looked into. */
  done: number;
  total: number;
}

/** What has been found out about a page: another length or kind of it costs nothing. */
export interface Ranking {
  sentences: Sentence[];
  scores: number[];
  vectors: Float32Array[];
}

export async function rank(
  page: PageText,
  embed: Embed,
  onProgress: (progress: ReadingProgress) => void,
): Promise<Ranking> {
  const all = sentencesIn(page);
  const usable = all.length >= COUNTS.points.short ? all : [...all, ...paragraphsIn(page)];
  const sentences = chooseCandidates(usable, candidateCount(wordsOf(page)));
  const passages = passagesOf(sentences);
  const total = passages.at(-1) ?? 0;
  const title = page.title ? [page.title] : [];
  const report = (done: number) => onProgress({ done: passages[done - title.length - 1] ?? 0, total });
  report(0);
  const vectors = await embed([...title, ...sentences.map(({ text }) => text)], report);
  const titleVector = title.length > 0 ? vectors.shift() : undefined;
  return { sentences, scores: score(sentences, vectors, titleVector), vectors };
}

/** For each sentence, in how many paragraphs it and those before it lie. */
function passagesOf(sentences: readonly Sentence[]): number[] {
  let passages = 0;
  return sentences.map(({ place }, i) => {
    if (sentences[i - 1]?.place.paragraph !== place.paragraph) passages += 1;
    return passages;
  });
}

function score(
  sentences: readonly Sentence[],
  vectors: readonly Float32Array[],
  title: Float32Array | undefined,
): number[] {
  const central = scaled(centrality(vectors));
  const titled = scaled(vectors.map((vector) => (title ? dot(vector, title) : 0)));
  return sentences.map((sentence, i) => {
    const early = Math.exp((-4 * i) / sentences.length);
    const sum = WEIGHTS.central * (central[i] ?? 0) + WEIGHTS.title * (titled[i] ?? 0) + WEIGHTS.early * early;
    return sum * (leans(sentence) ? LEANING : 1) * (sentence.words > LONG_WORDS ? LONG : 1);
  });
}

/** Onto 0 to 1. */
function scaled(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
}

/** The summary of a ranked page, in the page's order. */
export function extract({ sentences, scores, vectors }: Ranking, kind: Kind, length: Length): Point[] {
  const count = COUNTS[kind === "points" ? "points" : "tldr"][length];
  const chosen = diverse(scores, vectors, count).sort((a, b) => a - b);
  return chosen.flatMap((i) => {
    const sentence = sentences[i];
    return sentence ? [{ text: sentence.text, citations: [{ place: sentence.place, verified: true }] }] : [];
  });
}
