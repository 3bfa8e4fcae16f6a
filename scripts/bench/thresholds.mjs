// The thresholds of .github/benchmark-baselines.json, checked.
import { InputError } from "../lib/log.mjs";
import { isObject, readJson } from "./json.mjs";
import { LIMITS } from "./units.mjs";

/**
 * @typedef {object} Threshold
 * @property {string} section
 * @property {string} name
 * @property {number} limit  in the unit of its kind
 * @property {import("./units.mjs").Kind} kind
 * @property {string} description
 */

/** @param {string} path @returns {{ native: Threshold[], browser: Threshold[] }} */
export const readThresholds = (path) => parseThresholds(readJson(path), path);

/**
 * `thresholds` are for what `cargo bench` measures, and all of them are wanted of every check; `browser.thresholds` are wanted
 * where the browser's benchmarks have run.
 * @param {unknown} json
 * @param {string} path  for the errors
 * @returns {{ native: Threshold[], browser: Threshold[] }}
 */
export function parseThresholds(json, path) {
  if (!isObject(json) || !isObject(json.thresholds)) throw new InputError(`${path} has no object "thresholds".`);
  if (json.browser !== undefined && !isObject(json.browser?.thresholds))
    throw new InputError(`${path}: "browser" has no object "thresholds".`);
  const native = sections(json.thresholds, path);
  if (native.length === 0) throw new InputError(`${path} has no thresholds: it would let everything pass.`);
  return { native, browser: sections(json.browser?.thresholds ?? {}, path) };
}

function sections(thresholds, path) {
  return Object.entries(thresholds).flatMap(([section, entries]) => {
    if (!isObject(entries)) throw new InputError(`${path}: "${section}" is not an object of thresholds.`);
    return Object.entries(entries).map(([name, entry]) => threshold(section, name, entry, path));
  });
}

/** @returns {Threshold} */
function threshold(section, name, entry, path) {
  const where = `${path}: ${section}.${name}`;
  if (!isObject(entry)) throw new InputError(`${where} is not an object.`);
  const { description = "", ...limits } = entry;
  const keys = Object.keys(limits);
  const unknown = keys.find((key) => !Object.hasOwn(LIMITS, key));
  const known = Object.keys(LIMITS).join(", ");
  if (unknown !== undefined) throw new InputError(`${where} has "${unknown}"; a limit is one of ${known}.`);
  const [key] = keys;
  if (key === undefined || keys.length > 1)
    throw new InputError(
      `${where} has ${keys.length === 0 ? "no limit" : "several limits"}; it needs one of ${known}.`,
    );
  const value = limits[key];
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
    throw new InputError(`${where}.${key} is ${JSON.stringify(value)}; it must be a number above 0.`);
  if (typeof description !== "string") throw new InputError(`${where}.description is not a text.`);
  const { kind, scale } = LIMITS[key];
  return { section, name, limit: value * scale, kind, description };
}
