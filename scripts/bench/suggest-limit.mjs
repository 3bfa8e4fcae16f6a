// A new threshold for a typical value: twice that, rounded up to a number that people remember.

const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** @param {number} value  above 0 */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((step) => step >= (value / power) * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(3));
}

/** How many times the typical value a limit is. docs/PERFORMANCE.md says why. */
export const HEADROOM = 2;

/** @param {number} typical  nanoseconds, or tokens a second @param {import("./units.mjs").Kind} kind */
export function suggestLimit(typical, kind) {
  return kind === "time" ? roundUp(typical * HEADROOM) : 1 / roundUp(HEADROOM / typical);
}
