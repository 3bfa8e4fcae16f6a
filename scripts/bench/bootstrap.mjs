// How much slower one side is than the other, and how sure that is.
import { quantile } from "../lib/stats.mjs";

/**
 * @typedef {object} Ratio
 * @property {number} ratio  time of the one over time of the other: 1.15 is 15% slower
 * @property {number} low   where the interval begins
 * @property {number} high  where it ends
 */

const RESAMPLES = 2000;

/**
 * Which of the rounds' figures stands for a side: the lower quartile. On a machine with other work, most rounds are disturbed
 * and a good part is not; the median then is anything between, the minimum one lucky round (docs/PERFORMANCE.md has the
 * measurement).
 */
export const typical = (figures) => quantile(figures, 0.25);

/**
 * The ratio of two sides, with a percentile bootstrap interval (Efron 1979): rounds are drawn again and again with
 * replacement, as pairs, since what disturbs a machine for a while disturbs both sides of a round.
 * @param {number[]} ours  a figure a round
 * @param {number[]} theirs  as many
 * @param {number} confidence  say 0.99
 * @param {number} [seed]  the same gives the same interval
 * @returns {Ratio}
 */
export function ratioOf(ours, theirs, confidence, seed = 1) {
  const rounds = ours.map((value, i) => [value, theirs[i] ?? Number.NaN]);
  const random = mulberry32(seed);
  const ratios = Array.from({ length: RESAMPLES }, () => {
    const drawn = rounds.map(() => rounds[Math.floor(random() * rounds.length)] ?? []);
    return typical(drawn.map(([our]) => Number(our))) / typical(drawn.map(([, their]) => Number(their)));
  });
  const tail = (1 - confidence) / 2;
  return { ratio: typical(ours) / typical(theirs), low: quantile(ratios, tail), high: quantile(ratios, 1 - tail) };
}

/** @typedef {"slower" | "faster" | "same"} Change */

/**
 * Slower (or faster) is what differs by more than `tolerance` and whose interval does not reach 1.
 * @param {Ratio} ratio
 * @param {number} tolerance  0.1 is 10%
 * @returns {Change}
 */
export function changeOf({ ratio, low, high }, tolerance) {
  if (ratio > 1 + tolerance && low > 1) return "slower";
  return ratio < 1 / (1 + tolerance) && high < 1 ? "faster" : "same";
}

/** A small generator of numbers in [0, 1): "mulberry32" (Ettinger 2017). @param {number} seed */
export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
