// A comparison of two commits in words: for a terminal, and in Markdown for a pull request.
import { green, red } from "../lib/log.mjs";
import { typical } from "./bootstrap.mjs";
import { suggestLimit } from "./suggest-limit.mjs";
import { columns, markdownTable } from "./tables.mjs";
import { format } from "./units.mjs";

/** @typedef {import("./duel.mjs").Duel} Duel */
/** @typedef {{ duels: Duel[], added: string[], removed: string[] }} Comparison  ids that one side alone has */

const signed = (ratio) => `${ratio >= 1 ? "+" : "−"}${Math.abs((ratio - 1) * 100).toFixed(1)}%`;
const time = (figures) => format(typical(figures), "time");

/** @param {Duel} duel */
const cells = ({ id, head, base, ratio, again }) => [
  id,
  time(base),
  time(head),
  signed(ratio.ratio),
  `${signed(ratio.low)} … ${signed(ratio.high)}`,
  again ? "measured twice" : "",
];

const HEADINGS = ["benchmark", "base", "this", "time", "interval", ""];

/** The worst first. @param {Duel[]} duels */
const sorted = (duels) => [...duels].sort((a, b) => b.ratio.ratio - a.ratio.ratio);

/**
 * What improvements allow: thresholds that may come down.
 * @param {Duel[]} duels
 * @param {import("./thresholds.mjs").Threshold[]} thresholds
 */
export function suggestions(duels, thresholds) {
  return duels
    .filter(({ change }) => change === "faster")
    .map(({ id, head, ratio }) => {
      const limit = suggestLimit(typical(head), "time");
      const threshold = thresholds.find(({ section, name }) => id === `${section}/${name}`);
      const news = `${id} takes ${signed(ratio.ratio)}`;
      const twice = `twice the typical ${time(head)} is ${format(limit, "time")}`;
      if (!threshold) return `${news}. It has no threshold; ${twice}.`;
      const from = format(threshold.limit, "time");
      return limit < threshold.limit
        ? `${news}. Its threshold may come down from ${from}: ${twice}.`
        : `${news}. Its threshold of ${from} is as low as it should be: ${twice}.`;
    });
}

/** @param {Comparison} comparison @param {import("./thresholds.mjs").Threshold[]} thresholds */
export function terminal({ duels, added, removed }, thresholds) {
  const rows = sorted(duels);
  const [head = "", ...lines] = columns([HEADINGS, ...rows.map(cells)]);
  const mark = { slower: red("✗"), faster: green("↓"), same: " " };
  const text = [`   ${head}`, ...lines.map((line, i) => `${mark[rows[i]?.change ?? "same"]}  ${line}`)];
  if (added.length > 0) text.push(`New: ${added.join(", ")}`);
  if (removed.length > 0) text.push(`Gone: ${removed.join(", ")}`);
  return `${[...text, ...suggestions(duels, thresholds)].join("\n")}\n`;
}

/**
 * @param {Comparison} comparison
 * @param {import("./thresholds.mjs").Threshold[]} thresholds
 * @param {import("./duel.mjs").Rules} rules
 */
export function markdown({ duels, added, removed }, thresholds, rules) {
  const mark = { slower: "🔴", faster: "🚀", same: "" };
  const table = (some) =>
    markdownTable([["", ...HEADINGS], ...sorted(some).map((duel) => [mark[duel.change], ...cells(duel)])]);
  const changed = duels.filter(({ change }) => change !== "same");
  const same = duels.filter(({ change }) => change === "same");
  const text = [];
  text.push(changed.length > 0 ? table(changed) : `None of ${duels.length} benchmarks has changed.`);
  text.push(...suggestions(duels, thresholds).map((line) => `- ${line}`));
  if (same.length > 0)
    text.push("", `<details><summary>${same.length} without a change</summary>\n\n${table(same)}\n\n</details>`);
  if (added.length > 0) text.push("", `New: ${added.join(", ")}`);
  if (removed.length > 0) text.push("", `Gone: ${removed.join(", ")}`);
  const percent = (share) => `${Number((share * 100).toPrecision(3))}%`;
  text.push(
    "",
    `🔴 more than ${percent(rules.tolerance)} slower, and the ${percent(rules.confidence)} interval leaves out zero, when measured twice · ` +
      `🚀 as much faster · times are lower quartiles over the rounds, of each round's shortest sample`,
  );
  return `${text.join("\n")}\n`;
}
