// The report of `npm run bench:peers -- --json` as results: rates and times of every engine, ours included.
import { InputError } from "../lib/log.mjs";
import { isObject } from "./json.mjs";
import { UNITS } from "./units.mjs";

const RATES = ["prefill128", "prefill512", "decode64", "decode64_ctx1024"];
const TIMES = ["load_ms", "first_token_ms"];

/**
 * @param {unknown} report
 * @param {string} path  for the errors
 * @returns {import("./results.mjs").Result[]}  called peers/MODEL/ENGINE/THREADS/METRIC
 */
export function peerResults(report, path) {
  if (!isObject(report) || !Array.isArray(report.rows) || typeof report.model !== "string")
    throw new InputError(`${path} is not what \`npm run -s bench:peers -- --json\` prints.`);
  const { model } = report;
  return report.rows.flatMap((row) =>
    [...RATES, ...TIMES].flatMap((metric) => {
      const value = row[metric];
      if (typeof value !== "number") return [];
      const { kind, scale } = RATES.includes(metric) ? UNITS["tok/s"] : UNITS.ms;
      const id = `peers/${model.replace(/\.gguf$/, "")}/${row.engine}/${row.threads}/${metric.replace(/_ms$/, "")}`;
      return [{ id, value: value * scale, kind, spread: row.spread?.[metric] ?? null, browser: true }];
    }),
  );
}
