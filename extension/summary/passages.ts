// Finding what a page says about a question. Passages are compared with the question by their vectors; on a long page only
// those that share words with it, and some from everywhere, are looked at so closely. Pure but for the vectors.

import type { PageText, Place } from "../reading/messages";
import { countWords, sentencesOf } from "../reading/sentences";
import { termsOf } from "./candidates";
import { dot } from "./centrality";
import type { Embed, ReadingProgress } from "./extract";
import { diverse } from "./mmr";

export interface Passage {
  text: string;
  place: Place;
}

// The model was trained on texts of this length, and a reader wants no more to find a sentence in.
const MOST_WORDS = 90;
const FEWEST_WORDS = 4;
/** Passages whose vectors are computed for one question: some seconds at most. */
const MOST_COMPARED = 160;
/** Of these, the share that is spread over the page, for what is said there in other words. */
const SPREAD = 0.3;
/** Less like the question than this, a passage has nothing to do with it: two texts of any kind are as alike. */
const UNRELATED = 0.15;
/** Nor is one worth reading that is so much less like it than the closest. */
const CLOSE = 0.6;

/** Paragraphs, the long ones in groups of sentences. */
export function passagesIn(page: PageText): Passage[] {
  const passages: Passage[] = [];
  for (const [paragraph, { text, kind, links }] of page.paragraphs.entries()) {
    if (kind === "heading" || links > 0.6) continue;
    const add = (from: number, to: number) => {
      const said = text.slice(from, to);
      if (countWords(said) >= FEWEST_WORDS) passages.push({ text: said, place: { paragraph, from, to } });
    };
    if (countWords(text) <= MOST_WORDS) {
      add(0, text.length);
      continue;
    }
    let from = 0;
    let to = 0;
    let words = 0;
    for (const sentence of sentencesOf(text, page.lang)) {
      const more = countWords(text.slice(sentence.from, sentence.to));
      if (words > 0 && words + more > MOST_WORDS) {
        add(from, to);
        [from, words] = [sentence.from, 0];
      }
      to = sentence.to;
      words += more;
    }
    add(from, to);
  }
  return passages;
}

export class PageIndex {
  readonly #passages: Passage[];
  readonly #terms: Set<string>[];
  readonly #vectors = new Map<number, Float32Array>();

  constructor(page: PageText) {
    this.#passages = passagesIn(page);
    this.#terms = this.#passages.map(({ text }) => new Set(termsOf(text)));
  }

  /** Up to `count` passages that are about the question, the closest first. */
  async find(
    question: string,
    count: number,
    embed: Embed,
    onProgress: (progress: ReadingProgress) => void,
  ): Promise<Passage[]> {
    const compared = this.#worthComparing(question);
    const unknown = compared.filter((i) => !this.#vectors.has(i));
    const texts = [question, ...unknown.flatMap((i) => this.#passages[i]?.text ?? [])];
    const [wanted, ...vectors] = await embed(texts, (done) =>
      onProgress({ done: Math.max(0, done - 1), total: unknown.length }),
    );
    if (!wanted) return [];
    for (const [k, i] of unknown.entries()) if (vectors[k]) this.#vectors.set(i, vectors[k]);
    const candidates = compared.map((i) => ({ i, vector: this.#vectors.get(i) as Float32Array }));
    const scores = candidates.map(({ vector }) => dot(vector, wanted));
    const chosen = diverse(
      scores,
      candidates.map(({ vector }) => vector),
      count,
    );
    const least = Math.max(UNRELATED, CLOSE * Math.max(...scores));
    const related = chosen.filter((k) => (scores[k] ?? 0) >= least);
    return related
      .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
      .flatMap((k) => this.#passages[candidates[k]?.i ?? -1] ?? []);
  }

  #worthComparing(question: string): number[] {
    const all = [...this.#passages.keys()];
    if (all.length <= MOST_COMPARED) return all;
    const wanted = new Set(termsOf(question));
    const shared = all.map((i) => {
      let weight = 0;
      for (const term of wanted) if (this.#terms[i]?.has(term)) weight += Math.log(1 + all.length / this.#uses(term));
      return weight;
    });
    const spread = Math.floor(MOST_COMPARED * SPREAD);
    const chosen = new Set(
      all
        .filter((i) => (shared[i] ?? 0) > 0)
        .sort((a, b) => (shared[b] ?? 0) - (shared[a] ?? 0))
        .slice(0, MOST_COMPARED - spread),
    );
    const more = MOST_COMPARED - chosen.size;
    for (let k = 0; k < more; k += 1) chosen.add(Math.floor((k * all.length) / more));
    return [...chosen].sort((a, b) => a - b);
  }

  /** Passages with the term. */
  #uses(term: string): number {
    let count = 0;
    for (const terms of this.#terms) if (terms.has(term)) count += 1;
    return Math.max(1, count);
  }
}
