// Which sentences are read by the model. Embedding one takes some milliseconds, so on a long page a few of each part are, and
// words decide which: those whose words the page uses most and its sentences least (the centroid of Radev et al. 2004, "Centroid-
// based summarization of multiple documents"). Time grows with the page's length, the number of candidates with its root. Pure.

import type { Sentence } from "./sentences";

// Embedding is nearly all of the time a summary takes (docs/SUMMARIES.md); from 135,000 words on it is the cap that counts.
const PER_ROOT = 22; // candidates for a page of 1,000 words
const FEWEST = 24;
const MOST = 256;
/** Candidates of each part. */
const PER_PART = 3;

export function candidateCount(words: number): number {
  return Math.min(MOST, Math.max(FEWEST, Math.round(PER_ROOT * Math.sqrt(words / 1000))));
}

/** Up to `count` sentences, in their order: the best of each of the page's parts. */
export function chooseCandidates(sentences: readonly Sentence[], count: number): Sentence[] {
  if (sentences.length <= count) return [...sentences];
  const scores = lexicalScores(sentences.map(({ text }) => text));
  const parts = Math.ceil(count / PER_PART);
  const chosen: number[] = [];
  for (let part = 0; part < parts; part += 1) {
    const from = Math.floor((part * sentences.length) / parts);
    const to = Math.floor(((part + 1) * sentences.length) / parts);
    const share = Math.floor(((part + 1) * count) / parts) - Math.floor((part * count) / parts);
    const best = Array.from({ length: to - from }, (_, i) => from + i)
      .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
      .slice(0, share);
    chosen.push(...best.sort((a, b) => a - b));
  }
  return chosen.flatMap((i) => sentences[i] ?? []);
}

/** How much each text says of what all say. Linear in their length. */
export function lexicalScores(texts: readonly string[]): number[] {
  const terms = texts.map((text) => termsOf(text));
  const documents = new Map<string, number>(); // texts with the term
  for (const own of terms) for (const term of new Set(own)) documents.set(term, (documents.get(term) ?? 0) + 1);
  const inverse = (term: string) => Math.log((1 + texts.length) / (documents.get(term) ?? 1));
  return terms.map((own) => {
    let score = 0;
    // Counted by other texts, not by uses: a word said ten times in one sentence is no theme.
    for (const term of new Set(own)) score += ((documents.get(term) ?? 1) - 1) * inverse(term) ** 2;
    return own.length > 0 ? score / Math.sqrt(own.length) / texts.length : 0;
  });
}

/** Words in small letters; of scripts without spaces, pairs of characters. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    if (!/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word)) {
      if (word.length > 2) terms.push(stem(word));
      continue;
    }
    for (let i = 0; i + 1 < word.length; i += 1) terms.push(word.slice(i, i + 2));
  }
  return terms;
}

/** Roughly: "lens" and "lenses" are one word. */
const stem = (word: string) => (word.length > 5 ? word.replace(/(?:ing|ed|es|s)$/, "") : word.replace(/s$/, ""));
