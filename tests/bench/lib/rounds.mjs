// Runs engines in turn. Each has a turn in every round, so that what disturbs the machine for a while disturbs all of them.

/** @typedef {import("./stats.mjs").Sample} Sample */
/** @typedef {import("./stats.mjs").Series} Series */

/**
 * @typedef {object} Contestant
 * @property {string} engine
 * @property {(threads: number) => Promise<Sample>} measure  from a cold start
 */

/** Standard output is for the report alone. @param {string} line */
export const log = (line) => void process.stderr.write(`${line}\n`);

/**
 * @param {Contestant[]} contestants
 * @param {number[]} threads
 * @param {number} rounds
 * @returns {Promise<Series[]>}
 */
export async function interleave(contestants, threads, rounds) {
  const pairs = contestants.flatMap((contestant) =>
    threads.map((count) => {
      /** @type {Series} */
      const series = { engine: contestant.engine, threads: count, samples: [] };
      return { contestant, series };
    }),
  );
  for (let round = 1; round <= rounds; round += 1) {
    for (const { contestant, series } of pairs) {
      const name = `round ${round} of ${rounds}: ${series.engine}, threads: ${series.threads}`;
      try {
        const sample = await contestant.measure(series.threads);
        series.samples.push(sample);
        log(`${name}: ${line(sample)}`);
      } catch (error) {
        series.samples.push(undefined);
        series.error = String(error.message ?? error).split("\n")[0];
        log(`${name} failed: ${series.error}`);
      }
    }
  }
  return pairs.map(({ series }) => series);
}

/** @param {Sample} sample */
function line(sample) {
  const figure = ([name, value]) => (typeof value === "number" ? [`${name} ${value.toPrecision(4)}`] : []);
  return Object.entries(sample).flatMap(figure).join(", ");
}
