// What the page's tables say.
import { changePoints } from "../change-points.mjs";
import { series } from "../series.mjs";
import { format, lessIsBetter } from "../units.mjs";

/** @typedef {import("../history.mjs").Run} Run */
/** @typedef {import("../history.mjs").Figure} Figure */

/** Changes that are not coloured: two runs of one commit differ by as much. */
const NOISE = 0.1;

const signed = (ratio) => `${ratio >= 1 ? "+" : "−"}${Math.abs((ratio - 1) * 100).toFixed(1)}%`;

/**
 * Changes of level of the benchmarks `ids`, the latest first.
 * @param {Run[]} runs @param {string} machineId @param {string[]} ids
 */
export function changes(runs, machineId, ids) {
  const found = ids.flatMap((id) => {
    const points = series(runs, machineId, id);
    return changePoints(points.map(({ figure }) => figure.value)).flatMap(({ at, ratio }) => {
      const point = points[at];
      if (!point) return [];
      const { commit, subject, date } = point.run;
      const worse = lessIsBetter(point.figure.kind) ? ratio > 1 : ratio < 1;
      const text = `${date.slice(0, 10)}, ${commit.slice(0, 8)} “${subject}”: ${id} ${signed(ratio)}`;
      return [{ id, at, date, worse, text }];
    });
  });
  return found.sort((a, b) => (a.date < b.date ? 1 : -1));
}

/**
 * Commits in the order of their first run; of several runs the newest has the word.
 * @param {Run[]} runs
 * @returns {Map<string, { label: string, results: Record<string, Figure> }>}
 */
export function byCommit(runs) {
  const commits = new Map();
  for (const { commit, subject, results } of runs) {
    const before = commits.get(commit)?.results ?? {};
    commits.set(commit, { label: `${commit.slice(0, 8)} ${subject.slice(0, 60)}`, results: { ...before, ...results } });
  }
  return commits;
}

/** A row of two commits' table, where one has the figure. @param {string} id @param {Figure | undefined} from @param {Figure | undefined} to */
export function difference(id, from, to) {
  if (!from && !to) return null;
  const figure = (each) => (each ? format(each.value, each.kind) : "–");
  if (!from || !to) return [[id, figure(from), figure(to), from ? "gone" : "new"]];
  const ratio = to.value / from.value;
  const worse = lessIsBetter(to.kind) ? ratio : 1 / ratio;
  const className = worse > 1 + NOISE ? "bad" : worse < 1 / (1 + NOISE) ? "good" : "";
  return [[id, figure(from), figure(to), { text: signed(ratio), className }]];
}

/** The newest figure called `id`. @param {Run[]} runs @param {string} id */
const newest = (runs, id) => runs.findLast(({ results }) => results[id])?.results[id];

/** Kernels that were measured in the browser, beside the same ones natively. @param {Run[]} runs */
export function kernelRows(runs) {
  const all = new Set(runs.flatMap(({ results }) => Object.keys(results)));
  const names = [...all].flatMap((id) => /^browser_kernels\/[^/]+\/(.+)$/.exec(id)?.[1] ?? []);
  return [...new Set(names)].sort().map((name) => {
    const native = ["cpu_matmul", "runtime_attention"].map((group) => newest(runs, `${group}/${name}`)).find(Boolean);
    const cells = ["simd", "threads"].map((build) => {
      const figure = newest(runs, `browser_kernels/${build}/${name}`);
      if (!figure) return "–";
      const times = native ? ` (${(figure.value / native.value).toFixed(2)})` : "";
      return `${format(figure.value, figure.kind)}${times}`;
    });
    return [name, native ? format(native.value, native.kind) : "–", ...cells];
  });
}

/** Models, metrics and numbers of threads down, engines across. @param {Run[]} runs */
export function peerTable(runs) {
  const all = [...new Set(runs.flatMap(({ results }) => Object.keys(results)))].sort();
  const parsed = all.flatMap((id) => {
    const [, model, engine, threads, metric] = /^peers\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(id) ?? [];
    return model && engine && threads && metric
      ? [{ engine, what: `${model}, ${metric}, threads: ${threads}`, id }]
      : [];
  });
  const engines = [...new Set(parsed.map(({ engine }) => engine))].sort(
    (a, b) => Number(b === OURS) - Number(a === OURS),
  );
  const rows = [...new Set(parsed.map(({ what }) => what))].map((what) => {
    const figure = (engine) => {
      const entry = parsed.find((each) => each.engine === engine && each.what === what);
      return entry ? newest(runs, entry.id) : undefined;
    };
    const ours = figure(OURS);
    const cell = (engine) => {
      const theirs = figure(engine);
      if (!theirs) return "–";
      const text = format(theirs.value, theirs.kind);
      if (engine === OURS || !ours) return text;
      const times = lessIsBetter(theirs.kind) ? theirs.value / ours.value : ours.value / theirs.value;
      return { text: `${text} (${times.toFixed(2)})`, className: times >= 1 ? "good" : "bad" };
    };
    return [what, ...engines.map(cell)];
  });
  return { head: ["", ...engines], rows };
}

const OURS = "chord";
