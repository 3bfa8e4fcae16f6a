// The report, for people or for programs.
import { cells } from "./profile.mjs";
import { METRICS } from "./stats.mjs";

const HEADINGS = {
  load_ms: "load ms",
  first_token_ms: "first token ms",
  prefill128: "prefill 128",
  prefill512: "prefill 512",
  decode64: "decode 64",
  decode64_ctx1024: "decode at 1024",
  peak_mb: "peak MB",
};

/** @typedef {ReturnType<typeof import("./stats.mjs").report> & { profile?: import("./profile.mjs").Phase[] }} Report */

/** @param {Report} report @param {boolean} json */
export function print(report, json) {
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : people(report));
}

/** @param {Report} report */
export function people({ model, rows, ratios, profile = [] }) {
  const figure = (value) => (value === null || value === undefined ? "–" : String(value));
  const headings = METRICS.map((metric) => HEADINGS[metric]);
  const lines = rows.map((row) => {
    const cells = METRICS.map((metric) => {
      const spread = row.spread[metric];
      return row[metric] === null
        ? "–"
        : `${row[metric]}${spread === null || spread === undefined ? "" : ` ±${(spread * 100).toFixed(1)}%`}`;
    });
    return [row.engine, row.build ?? "", String(row.threads), ...cells, row.error ?? ""];
  });
  let text = `${model}\n\n${table([["engine", "build", "threads", ...headings, ""], ...lines])}`;
  const better = Object.entries(ratios).flatMap(([engine, byThreads]) =>
    Object.entries(byThreads).map(([threads, each]) => [engine, threads, ...METRICS.map((m) => figure(each[m]))]),
  );
  if (better.length > 0) text += `\ntimes better than\n${table([["engine", "threads", ...headings], ...better])}`;
  for (const phase of profile) {
    const { threads, tokens, ms_per_token } = phase;
    text += `\n${phase.phase} of ${tokens} tokens with ${threads} thread(s), profiled: ${ms_per_token.toFixed(3)} ms a token\n`;
    text += table(cells(phase));
  }
  return text;
}

/** Columns two spaces apart. @param {string[][]} rows */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
