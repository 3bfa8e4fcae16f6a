// Thresholds that the recorded runs speak for: `npm run bench:suggest`.
import { parseArgs } from "node:util";
import { InputError, note, UserError } from "../lib/log.mjs";
import { main } from "../lib/main.mjs";
import { baselines, history } from "../lib/paths.mjs";
import { quantile } from "../lib/stats.mjs";
import { machine, readHistory } from "./history.mjs";
import { series } from "./series.mjs";
import { HEADROOM, roundUp } from "./suggest-limit.mjs";
import { readThresholds } from "./thresholds.mjs";
import { format, lessIsBetter } from "./units.mjs";
import { WARN } from "./verdicts.mjs";

const HELP = `npm run bench:suggest [-- --all] [--machine ID] [--history FILE]
Proposes a threshold for every benchmark that has one (--all: for the others, too) from the runs recorded on one machine
(this one, or the one that has the most), and says why.`;

/** Fewer runs say little of how much a figure varies. */
export const FEW = 5;

/** How many of the runs are to stay out of the yellow. */
const MOST = 0.95;

/**
 * Some times what is typical (HEADROOM); or more, where runs differ so much that some of them would be yellow.
 * @param {number[]} values  a figure a run, of one there is at least
 * @param {import("./units.mjs").Kind} kind
 */
export function proposal(values, kind) {
  const less = lessIsBetter(kind);
  const headroom = HEADROOM[kind];
  const median = quantile(values, 0.5);
  const late = quantile(values, less ? MOST : 1 - MOST);
  const usual = less ? median * headroom : median / headroom;
  const calm = less ? late / WARN : late * WARN;
  const wanted = less ? Math.max(usual, calm) : Math.min(usual, calm);
  const limit = less ? roundUp(wanted) : 1 / roundUp(1 / wanted);
  const part = { time: "twice", rate: "half of", size: `${headroom} times` }[kind];
  const than = less ? "under" : "over";
  const why =
    wanted === usual
      ? `${part} the median is ${format(usual, kind)}, which leaves them green`
      : `${part} the median, ${format(usual, kind)}, would turn some yellow; ${format(late, kind)} is green from ${format(calm, kind)} on`;
  return {
    limit,
    why: `${values.length} runs: median ${format(median, kind)}, ${MOST * 100}% ${than} ${format(late, kind)}; ${why}`,
  };
}

/** The machine whose runs count: `wanted`, else this one, else the one with the most. @param {import("./history.mjs").Run[]} runs */
export function machineOf(runs, wanted, own = machine().id) {
  const counts = new Map();
  for (const { machine } of runs) counts.set(machine.id, (counts.get(machine.id) ?? 0) + 1);
  if (wanted !== undefined && !counts.has(wanted))
    throw new UserError(`No run was recorded on ${wanted}; there are ${[...counts.keys()].join(", ")}.`);
  const [[most] = []] = [...counts].sort((a, b) => b[1] - a[1]);
  return wanted ?? (counts.has(own) ? own : most);
}

await main(import.meta.url, (argv) => {
  const values = options(argv);
  if (values.help) return console.log(HELP);
  const runs = readHistory(values.history ?? history);
  if (runs.length === 0) throw new UserError("No run is recorded: `npm run bench:all`, then `npm run bench:record`.");
  const machineId = machineOf(runs, values.machine);
  const { native, browser } = readThresholds(baselines);
  const known = new Map([...native, ...browser].map((each) => [`${each.section}/${each.name}`, each]));
  const recorded = [...new Set(runs.flatMap(({ results }) => Object.keys(results)))].sort();
  console.log(`Runs on ${machineId}:`);
  for (const id of [...known.keys(), ...recorded.filter((id) => values.all && !known.has(id))]) {
    const figures = series(runs, machineId, id).map(({ figure }) => figure);
    const [first] = figures;
    if (!first) {
      note(`${id}: never measured on this machine.`);
      continue;
    }
    const { limit, why } = proposal(
      figures.map(({ value }) => value),
      first.kind,
    );
    const threshold = known.get(id);
    const now = threshold ? `now ${format(threshold.limit, threshold.kind)}` : "has none";
    const few = figures.length < FEW ? " (few: wait for more)" : "";
    note(`${id}: ${format(limit, first.kind)} (${now}). ${why}${few}.`);
  }
});

function options(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        all: { type: "boolean", default: false },
        machine: { type: "string" },
        history: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    throw new InputError(`${error.message}\n${HELP}`);
  }
}
