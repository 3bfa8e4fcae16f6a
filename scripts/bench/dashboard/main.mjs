// The page's script: fills it from the data that it carries. Text is set as text, never as HTML.
import { series } from "../series.mjs";
import { chart } from "./chart.mjs";
import { byCommit, changes, difference, kernelRows, peerTable } from "./tables.mjs";

const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const select = (id) => /** @type {HTMLSelectElement} */ (document.getElementById(id));

/** @type {{ runs: import("../history.mjs").Run[], thresholds: import("../thresholds.mjs").Threshold[] }} */
const { runs, thresholds } = JSON.parse(element("data").textContent ?? "");
const limits = new Map(thresholds.map(({ section, name, limit }) => [`${section}/${name}`, limit]));
const machines = new Map(runs.map(({ machine }) => [machine.id, machine]));
const NONE = { text: "Nothing was recorded.", className: "none" };
const charts = /** @type {{ destroy: () => void }[]} */ ([]);

options(
  select("machine"),
  [...machines.values()].map(({ id, cpu, cores, memory_gb, system }) => [
    id,
    `${cpu}, ${cores} cores, ${memory_gb} GB, ${system} (${id})`,
  ]),
);
select("machine").value = runs.at(-1)?.machine.id ?? "";
element("about").textContent =
  runs.length > 0
    ? `${runs.length} recorded runs, the last on ${runs.at(-1)?.date.slice(0, 10)}.`
    : "No run is recorded yet: npm run bench:all, then npm run bench:record.";
for (const id of ["machine", "filter"]) element(id).addEventListener("input", draw);
for (const id of ["from", "to"]) element(id).addEventListener("input", drawDifferences);
draw();

function mine() {
  return runs.filter(({ machine }) => machine.id === select("machine").value);
}

/** Ids of what is shown. */
function ids() {
  const part = /** @type {HTMLInputElement} */ (element("filter")).value.trim().toLowerCase();
  const all = [...new Set(mine().flatMap(({ results }) => Object.keys(results)))];
  return all.filter((id) => id.toLowerCase().includes(part)).sort();
}

function draw() {
  for (const each of charts.splice(0)) each.destroy();
  element("charts").replaceChildren();
  const machineId = select("machine").value;
  const marks = changes(mine(), machineId, ids());
  element("changes").replaceChildren(...marks.map(({ text, worse }) => item("li", text, worse ? "bad" : "good")));
  for (const id of ids()) {
    const points = series(runs, machineId, id);
    const at = marks.filter((mark) => mark.id === id).map((mark) => mark.at);
    charts.push(chart(element("charts"), id, points, limits.get(id), at));
  }
  const commits = [...byCommit(mine())].map(([commit, { label }]) => [commit, label]);
  for (const id of ["from", "to"]) options(select(id), commits);
  select("from").value = commits.at(-2)?.[0] ?? commits.at(-1)?.[0] ?? "";
  select("to").value = commits.at(-1)?.[0] ?? "";
  drawDifferences();
  table("kernels", kernelRows(mine()));
  const { head, rows } = peerTable(mine());
  element("peer-head").replaceChildren(row(head, "th"));
  table("peer-rows", rows);
}

function drawDifferences() {
  const commits = byCommit(mine());
  const [from, to] = ["from", "to"].map((id) => commits.get(select(id).value)?.results ?? {});
  const rows = ids().flatMap((id) => difference(id, from?.[id], to?.[id]) ?? []);
  table("differences", rows);
}

/** @param {HTMLSelectElement} list @param {string[][]} entries  value and text */
function options(list, entries) {
  list.replaceChildren(
    ...entries.map(([value = "", text = ""]) => {
      const option = item("option", text);
      /** @type {HTMLOptionElement} */ (option).value = value;
      return option;
    }),
  );
}

/** @typedef {string | { text: string, className: string }} Cell */

/** @param {string} id @param {Cell[][]} rows */
function table(id, rows) {
  element(id).replaceChildren(...(rows.length > 0 ? rows.map((cells) => row(cells, "td")) : [row([NONE], "td")]));
}

/** @param {Cell[]} cells @param {"td" | "th"} tag */
function row(cells, tag) {
  const line = document.createElement("tr");
  line.append(
    ...cells.map((cell) => (typeof cell === "string" ? item(tag, cell) : item(tag, cell.text, cell.className))),
  );
  return line;
}

function item(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
