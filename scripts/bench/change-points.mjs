// Where a series changes its level for good. Runs in the dashboard's page.

/** Runs that a level has at least: fewer are an outlier. */
const FEWEST = 4;

/** A smaller step is not worth a mark. */
const STEP = 0.05;

/** Standard deviations by which the ranks before and after must differ: six runs before and six after reach it. */
const SURE = 2.8;

/**
 * Binary segmentation (Scott & Knott 1974): the best place to cut a series in two is looked for, and again in both parts, as
 * long as the parts differ. They do by the rank-sum test (Mann & Whitney 1947), which does not mind an outlier.
 * @param {number[]} values
 * @returns {{ at: number, ratio: number }[]}  index of the first run after a change, and the new median over the old
 */
export function changePoints(values) {
  return search(values, 0).sort((a, b) => a.at - b.at);
}

function search(values, offset) {
  let best;
  for (let at = FEWEST; at <= values.length - FEWEST; at += 1) {
    const z = Math.abs(rankSum(values.slice(0, at), values.slice(at)));
    if (!best || z > best.z) best = { at, z };
  }
  if (!best || best.z < SURE) return [];
  const [before, after] = [values.slice(0, best.at), values.slice(best.at)];
  const ratio = middle(after) / middle(before);
  if (Math.abs(Math.log(ratio)) < Math.log(1 + STEP)) return [];
  return [{ at: offset + best.at, ratio }, ...search(before, offset), ...search(after, offset + best.at)];
}

function middle(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? 0) + (sorted[Math.ceil(at)] ?? 0)) / 2;
}

/** How many standard deviations the rank sum of `a` is from what it would be if both were alike. */
function rankSum(a, b) {
  let wins = 0;
  for (const x of a) for (const y of b) wins += x > y ? 1 : x === y ? 0.5 : 0;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return (wins - (a.length * b.length) / 2) / deviation;
}
