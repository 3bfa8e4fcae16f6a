// Sums up rounds.
import { median, spread } from "../../../scripts/lib/stats.mjs";

/** What is measured in each round; of times and memory less is better, of rates more. */
export const METRICS = /** @type {const} */ ([
  "load_ms",
  "first_token_ms",
  "prefill128",
  "prefill512",
  "decode64",
  "decode64_ctx1024",
  "peak_mb",
]);

const LESS_IS_BETTER = new Set(["load_ms", "first_token_ms", "peak_mb"]);

/** @typedef {typeof METRICS[number]} Metric */
/** @typedef {Partial<Record<Metric, number | null>>} Figures */
/** @typedef {Figures & { build?: string }} Sample  one round */
/**
 * @typedef {object} Series  the rounds of one engine with one number of threads
 * @property {string} engine
 * @property {number} threads
 * @property {(Sample | undefined)[]} samples  by round; undefined where it failed
 * @property {string} [error]  why it failed, the last time that it did
 */

/**
 * A row of the report.
 * @param {Series} series
 * @returns {{ engine: string, build: string | null, threads: number, spread: Figures, rounds: number, error?: string } & Figures}
 */
export function row({ engine, threads, samples, error }) {
  const measured = samples.filter((sample) => sample !== undefined);
  const build = measured.find((sample) => sample.build)?.build ?? null;
  const medians = {};
  const spreads = {};
  for (const metric of METRICS) {
    const values = numbers(measured.map((sample) => sample[metric]));
    medians[metric] = round(median(values));
    spreads[metric] = round(spread(values));
  }
  return { engine, build, threads, ...medians, spread: spreads, rounds: measured.length, ...(error && { error }) };
}

/**
 * How many times better `ours` is than `theirs`, metric by metric: the median over the rounds of each round's ratio, since
 * what disturbs a round disturbs both.
 * @param {Series} ours
 * @param {Series} theirs
 */
export function ratios(ours, theirs) {
  const result = {};
  for (const metric of METRICS) {
    const each = ours.samples.map((our, i) => {
      const [a, b] = [our?.[metric], theirs.samples[i]?.[metric]];
      if (!a || !b) return null;
      return LESS_IS_BETTER.has(metric) ? b / a : a / b;
    });
    result[metric] = round(median(numbers(each)));
  }
  return result;
}

/**
 * The whole report: `model`, `rows`, and `ratios[engine][threads][metric]` of the first engine to each of the others.
 * @param {string} model
 * @param {Series[]} series
 */
export function report(model, series) {
  const ours = series.filter(({ engine }) => engine === series[0]?.engine);
  const against = {};
  for (const theirs of series.filter((other) => !ours.includes(other))) {
    const same = ours.find(({ threads }) => threads === theirs.threads);
    if (!same) continue;
    against[theirs.engine] ??= {};
    against[theirs.engine][theirs.threads] = ratios(same, theirs);
  }
  return { model, rows: series.map(row), ratios: against };
}

/** Four significant digits: more are noise. @param {number | null} value */
const round = (value) => (value === null ? null : Number(value.toPrecision(4)));

/** @param {(number | null | undefined)[]} values @returns {number[]} */
const numbers = (values) =>
  values.flatMap((value) => (typeof value === "number" && Number.isFinite(value) ? value : []));
