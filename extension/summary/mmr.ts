// Diversity: the best that is not yet said. Maximal marginal relevance (Carbonell and Goldstein 1998, "The use of MMR,
// diversity-based reranking for reordering documents and producing summaries"). Pure.

import { dot } from "./centrality";

/** What counts more: to be good (1) or to be different from what is chosen already (0). */
const RELEVANCE = 0.7;
/** Closer than this, two say the same. */
const SAME = 0.85;

/** Indices of up to `count`, the best first. `scores` are 0 to 1, `vectors` of length 1. */
export function diverse(scores: readonly number[], vectors: readonly Float32Array[], count: number): number[] {
  const chosen: number[] = [];
  const nearest = new Array<number>(scores.length).fill(0); // likeness to what is chosen
  while (chosen.length < Math.min(count, scores.length)) {
    let best = -1;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (const [i, score] of scores.entries()) {
      const likeness = nearest[i] ?? 0;
      if (chosen.includes(i) || likeness > SAME) continue;
      const value = RELEVANCE * score - (1 - RELEVANCE) * likeness;
      if (value > bestValue) [best, bestValue] = [i, value];
    }
    const vector = vectors[best];
    if (!vector) break; // all that is left has been said
    chosen.push(best);
    vectors.forEach((other, i) => {
      nearest[i] = Math.max(nearest[i] ?? 0, dot(vector, other));
    });
  }
  return chosen;
}
