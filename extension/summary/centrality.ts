// How central a sentence is among others, by their vectors: continuous LexRank (Erkan and Radev 2004, "LexRank: graph-based
// lexical centrality as salience in text summarization"), with the cosine of embeddings in the place of that of word counts. Pure.

/** Part of a sentence's weight that it has whatever the others are. */
const DAMPING = 0.15;
/** Below this, two sentences have nothing to do with each other: embeddings of any two are a little alike. */
const UNRELATED = 0.1;
const MOST_ROUNDS = 50;
const SETTLED = 1e-6;

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** The weight of each of `vectors` (of length 1); they sum up to 1. Quadratic: for hundreds, not thousands. */
export function centrality(vectors: readonly Float32Array[]): number[] {
  const n = vectors.length;
  if (n === 0) return [];
  const links = new Float32Array(n * n);
  vectors.forEach((a, i) => {
    for (let j = 0; j < i; j += 1) {
      const alike = dot(a, vectors[j] as Float32Array);
      const link = alike > UNRELATED ? alike : 0;
      links[i * n + j] = link;
      links[j * n + i] = link;
    }
  });
  // Each sentence votes with its whole weight, and one that is like no other for all alike.
  const votes = vectors.map((_, i) => links.subarray(i * n, (i + 1) * n).reduce((sum, link) => sum + link, 0));
  votes.forEach((vote, i) => {
    if (vote > 0) return;
    links.fill(1, i * n, (i + 1) * n);
    votes[i] = n;
  });
  let weights = new Array<number>(n).fill(1 / n);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const next = new Array<number>(n).fill(DAMPING / n);
    weights.forEach((weight, i) => {
      const vote = ((1 - DAMPING) * weight) / (votes[i] as number);
      for (let j = 0; j < n; j += 1) next[j] = (next[j] as number) + vote * (links[i * n + j] as number);
    });
    const change = next.reduce((sum, weight, i) => sum + Math.abs(weight - (weights[i] as number)), 0);
    weights = next;
    if (change < SETTLED) break;
  }
  return weights;
}
