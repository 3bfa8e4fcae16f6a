// Units of results and thresholds. Times are kept in nanoseconds, rates in tokens a second, sizes in bytes.

/** @typedef {"time" | "rate" | "size"} Kind */

/** @typedef {{ kind: Kind, scale: number }} Unit */

/** @satisfies {Record<string, Unit>} */
export const UNITS = /** @type {const} */ ({
  ns: { kind: "time", scale: 1 },
  us: { kind: "time", scale: 1e3 },
  ms: { kind: "time", scale: 1e6 },
  "tok/s": { kind: "rate", scale: 1 },
  B: { kind: "size", scale: 1 },
  kB: { kind: "size", scale: 1e3 },
});

/** What a threshold may say, and what one of it is. */
export const LIMITS = {
  max_time_ns: UNITS.ns,
  max_time_us: UNITS.us,
  max_time_ms: UNITS.ms,
  min_tokens_per_second: UNITS["tok/s"],
  max_size_kb: UNITS.kB,
};

/** Three significant digits in the unit that suits: "6.68 ms". @param {number} value @param {Kind} kind */
export function format(value, kind) {
  if (kind === "rate") return `${digits(value)} tok/s`;
  if (kind === "size") return value < 1e6 ? `${digits(value / 1e3)} kB` : `${digits(value / 1e6)} MB`;
  if (value < 1e3) return `${digits(value)} ns`;
  if (value < 1e6) return `${digits(value / 1e3)} µs`;
  return value < 1e9 ? `${digits(value / 1e6)} ms` : `${digits(value / 1e9)} s`;
}

/** @param {number} value */
const digits = (value) => String(Number(value.toPrecision(3)));

/** How much of what `limit` allows `value` takes: 1 is all of it. @param {number} value @param {number} limit @param {Kind} kind */
export const shareOf = (value, limit, kind) => (lessIsBetter(kind) ? value / limit : limit / value);

/** Whether a lower figure is the better one. @param {Kind} kind */
export const lessIsBetter = (kind) => kind !== "rate";
