// Verdicts as a table: for a terminal, and in Markdown for a pull request.
import { bold, green, red, yellow } from "../lib/log.mjs";
import { format } from "./units.mjs";
import { WARN } from "./verdicts.mjs";

const PAINT = { green, yellow, red };
const MARKS = { green: "🟢", yellow: "🟡", red: "🔴" };
const percent = (share) => `${(share * 100).toFixed(1)}%`;

/** @param {import("./verdicts.mjs").Verdict} verdict */
function cells({ threshold, result, share }) {
  const time = result ? format(result.value, result.kind) : "no result";
  const limit = format(threshold.limit, threshold.kind);
  return [threshold.section, threshold.name, time, limit, share === undefined ? "–" : percent(share)];
}

const HEADINGS = ["section", "benchmark", "time", "limit", "of limit"];

/** Columns two spaces apart. @param {string[][]} rows */
export function columns(rows) {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** @param {import("./verdicts.mjs").Verdict[]} verdicts @param {import("./results.mjs").Result[]} others */
export function terminal(verdicts, others) {
  const [head = "", ...lines] = columns([HEADINGS, ...verdicts.map(cells)]);
  const text = [bold(`   ${head}`)];
  lines.forEach((line, i) => {
    const colour = verdicts[i]?.colour ?? "red";
    text.push(`${PAINT[colour](colour === "red" ? "✗" : colour === "yellow" ? "!" : "✓")}  ${PAINT[colour](line)}`);
  });
  if (others.length > 0) text.push("", "Without a threshold:", ...columns(list(others)).map((line) => `   ${line}`));
  return `${text.join("\n")}\n`;
}

/** @param {import("./results.mjs").Result[]} results */
const list = (results) => results.map(({ id, value, kind }) => [id, format(value, kind)]);

/** @param {string[][]} rows  the first is the headings */
export function markdownTable(rows) {
  const line = (row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** @param {import("./verdicts.mjs").Verdict[]} verdicts @param {import("./results.mjs").Result[]} others */
export function markdown(verdicts, others) {
  const rows = verdicts.map((verdict) => [MARKS[verdict.colour], ...cells(verdict)]);
  let text = `${markdownTable([["", ...HEADINGS], ...rows])}\n`;
  text += `\n🟢 under ${WARN * 100}% of the limit · 🟡 up to the limit, a warning · 🔴 above it, or not measured\n`;
  if (others.length > 0) {
    const table = markdownTable([["benchmark", "time"], ...list(others)]);
    text += `\n<details><summary>${others.length} results without a threshold</summary>\n\n${table}\n\n</details>\n`;
  }
  return text;
}
