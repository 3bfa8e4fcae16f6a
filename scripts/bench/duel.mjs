// Two sides, measured in turn.
import { changeOf, ratioOf } from "./bootstrap.mjs";

/**
 * @typedef {object} Duel
 * @property {string} id
 * @property {number[]} head  nanoseconds, a figure a round
 * @property {number[]} base
 * @property {import("./bootstrap.mjs").Ratio} ratio
 * @property {import("./bootstrap.mjs").Change} change
 * @property {boolean} again  whether it was measured a second time
 */

/** @typedef {{ rounds: number, tolerance: number, confidence: number }} Rules */

/**
 * Measures every benchmark on both sides, the second after the first at once, in turns that change with the round. Whatever
 * differs by half of the tolerance is measured again from the start in twice as many rounds, and only that counts: on a
 * busy machine a few of many benchmarks are unlucky, but hardly the same ones twice, and one that was lucky is not let off.
 * @param {string[]} ids
 * @param {Rules} rules
 * @param {(side: "head" | "base", id: string) => Promise<number>} measure
 * @param {(done: number, of: number) => void} [progress]
 * @returns {Promise<Duel[]>}
 */
export async function fight(ids, rules, measure, progress = () => {}) {
  const first = await rounds(ids, rules, measure, progress);
  const suspicious = 1 + rules.tolerance / 2;
  const suspects = first.filter(({ ratio: { ratio } }) => ratio > suspicious || ratio < 1 / suspicious);
  const second = await rounds(
    suspects.map(({ id }) => id),
    { ...rules, rounds: rules.rounds * 2 },
    measure,
    progress,
  );
  return first.map((duel) => {
    const again = second.find(({ id }) => id === duel.id);
    return again ? { ...again, again: true } : duel;
  });
}

const HEAD_FIRST = /** @type {const} */ (["head", "base"]);
const HEAD_LAST = /** @type {const} */ (["base", "head"]);

/** @returns {Promise<Duel[]>} */
async function rounds(ids, rules, measure, progress) {
  const figures = ids.map((id) => ({ id, head: /** @type {number[]} */ ([]), base: /** @type {number[]} */ ([]) }));
  for (let round = 0; round < rules.rounds; round += 1) {
    for (const [i, { id, head, base }] of figures.entries()) {
      const turns = (round + i) % 2 === 0 ? HEAD_FIRST : HEAD_LAST;
      for (const side of turns) (side === "head" ? head : base).push(await measure(side, id));
      progress(round * ids.length + i + 1, rules.rounds * ids.length);
    }
  }
  return figures.map(({ id, head, base }) => {
    const ratio = ratioOf(head, base, rules.confidence);
    return { id, head, base, ratio, change: changeOf(ratio, rules.tolerance), again: false };
  });
}
