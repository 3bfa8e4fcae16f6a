// A new threshold for a typical value: a multiple of that, rounded up to a number that people remember.

import { lessIsBetter } from "./units.mjs";

const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** @param {number} value  above 0 */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((step) => step >= (value / power) * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(3));
}

/** How many times the typical value a limit is. docs/PERFORMANCE.md says why. */
export const HEADROOM = { time: 2, rate: 2, size: 1.3 };

/** @param {number} typical  nanoseconds, tokens a second or bytes @param {import("./units.mjs").Kind} kind */
export function suggestLimit(typical, kind) {
  return lessIsBetter(kind) ? roundUp(typical * HEADROOM[kind]) : 1 / roundUp(HEADROOM[kind] / typical);
}
