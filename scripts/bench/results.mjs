// What benchmarks measured: Criterion's folders, and files of the browser's benchmarks (NAME.bench.json).
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { InputError } from "../lib/log.mjs";
import { isObject, readJson } from "./json.mjs";
import { UNITS } from "./units.mjs";

/** What a file of the browser's benchmarks says that it is. */
export const FORMAT = "chord-bench-1";

/**
 * @typedef {object} Result
 * @property {string} id  "cpu_matmul/gemm_128x128x128"
 * @property {number} value  in the unit of its kind
 * @property {import("./units.mjs").Kind} kind
 * @property {number | null} spread  half of what is between the quartiles, as a share of the value
 * @property {boolean} browser
 */

/**
 * All results in `folder`, by id.
 * @param {string} folder
 * @returns {Result[]}
 */
export function readResults(folder) {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new InputError(`There is no folder ${folder} of results: run \`cargo bench\` first, or name another.`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const results = files.flatMap(({ name, parentPath }) => {
    const path = join(parentPath, name);
    if (name === "estimates.json" && parentPath.split(sep).at(-1) === "new") return [criterion(folder, parentPath)];
    return name.endsWith(".bench.json") ? browser(readJson(path), path) : [];
  });
  const ids = new Set();
  for (const { id } of results) {
    if (ids.has(id))
      throw new InputError(`${folder} has two results called ${id}: remove the one that is out of date.`);
    ids.add(id);
  }
  return results.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * One benchmark of Criterion, whose folder `new` holds what the last run measured.
 * @param {string} folder  of all results
 * @param {string} at
 * @returns {Result}
 */
function criterion(folder, at) {
  const path = join(at, "estimates.json");
  const estimates = readJson(path);
  // The median; `--quick` and other tools may leave one or the other out.
  const value = ["median", "slope", "mean"].map((name) => estimates?.[name]?.point_estimate).find(isNumber);
  if (value === undefined || value <= 0)
    throw new InputError(`${path} has no "median" with a "point_estimate" above 0; it is not what Criterion writes.`);
  const deviation = estimates.median_abs_dev?.point_estimate;
  const about = join(at, "benchmark.json");
  const id = existsSync(about) ? readJson(about)?.full_id : relative(folder, join(at, "..")).split(sep).join("/");
  if (typeof id !== "string" || id === "") throw new InputError(`${about} has no "full_id".`);
  return { id, value, kind: "time", spread: isNumber(deviation) ? deviation / value : null, browser: false };
}

/**
 * @param {unknown} json
 * @param {string} path
 * @returns {Result[]}
 */
function browser(json, path) {
  if (!isObject(json) || json.format !== FORMAT || !Array.isArray(json.results))
    throw new InputError(`${path} is not of the format "${FORMAT}".`);
  return json.results.map((result, i) => {
    const where = `${path}: result ${i + 1}`;
    if (typeof result?.id !== "string") throw new InputError(`${where} has no "id".`);
    const unit = Object.hasOwn(UNITS, result.unit) ? UNITS[result.unit] : undefined;
    if (!unit)
      throw new InputError(
        `${where} (${result.id}) has the unit ${JSON.stringify(result.unit)}; there are ${Object.keys(UNITS).join(", ")}.`,
      );
    if (!isNumber(result.value) || result.value <= 0)
      throw new InputError(
        `${where} (${result.id}) has the value ${JSON.stringify(result.value)}; it must be above 0.`,
      );
    const { id, value, spread } = result;
    return { id, value: value * unit.scale, kind: unit.kind, spread: isNumber(spread) ? spread : null, browser: true };
  });
}

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
