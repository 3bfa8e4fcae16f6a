// Results against thresholds.
import { InputError } from "../lib/log.mjs";
import { shareOf } from "./units.mjs";

/** @typedef {import("./thresholds.mjs").Threshold} Threshold */
/** @typedef {import("./results.mjs").Result} Result */
/** @typedef {"green" | "yellow" | "red"} Colour */
/** @typedef {{ threshold: Threshold, result?: Result, share?: number, colour: Colour }} Verdict */

/** From this share of its limit on, a result is a warning. */
export const WARN = 0.8;

/** @param {number} share @returns {Colour} */
export function colourOf(share) {
  if (share > 1) return "red";
  return share >= WARN ? "yellow" : "green";
}

/**
 * A verdict for each threshold, in their order, and the results that have none. A threshold without a result is red: what was
 * not measured has not passed.
 * @param {Threshold[]} thresholds
 * @param {Result[]} results
 * @returns {{ verdicts: Verdict[], others: Result[] }}
 */
export function judge(thresholds, results) {
  const used = new Set();
  const verdicts = thresholds.map((threshold) => {
    const result = find(threshold, results);
    if (!result) return { threshold, colour: /** @type {const} */ ("red") };
    used.add(result);
    const share = shareOf(result.value, threshold.limit, threshold.kind);
    return { threshold, result, share, colour: colourOf(share) };
  });
  return { verdicts, others: results.filter((result) => !used.has(result)) };
}

/** The result called SECTION/NAME, or the only one called NAME in whatever group. */
function find({ section, name, kind }, results) {
  const exact = results.filter(({ id }) => id === `${section}/${name}`);
  const same = exact.length > 0 ? exact : results.filter(({ id }) => id === name || id.endsWith(`/${name}`));
  if (same.length > 1)
    throw new InputError(
      `The threshold ${section}.${name} fits several results: ${same.map(({ id }) => id).join(", ")}.`,
    );
  const [result] = same;
  if (result && result.kind !== kind)
    throw new InputError(`The threshold ${section}.${name} limits a ${kind}, and the result is a ${result.kind}.`);
  return result;
}

/** The worst of the colours. @param {Verdict[]} verdicts @returns {Colour} */
export function worst(verdicts) {
  if (verdicts.some(({ colour }) => colour === "red")) return "red";
  return verdicts.some(({ colour }) => colour === "yellow") ? "yellow" : "green";
}
