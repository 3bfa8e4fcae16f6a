// This tree's benchmarks against those of the commit it started from: `npm run bench:compare -- BASE`.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { green, heading, InputError, note, progress, red } from "../lib/log.mjs";
import { main } from "../lib/main.mjs";
import { baselines, cargoTarget, root } from "../lib/paths.mjs";
import { checkOut, forkPoint } from "./base-tree.mjs";
import { build, list, moment } from "./binaries.mjs";
import { markdown, terminal } from "./comparison.mjs";
import { fight } from "./duel.mjs";
import { readThresholds } from "./thresholds.mjs";

const HELP = `npm run bench:compare -- BASE [--rounds 16] [--filter REGEX] [--tolerance 10] [--confidence 99]
                              [--markdown FILE] [--json FILE]
Builds the native benchmarks of this tree and of the commit where it left BASE, runs them in turn, and fails when one takes
more than --tolerance percent longer and its --confidence percent interval leaves out zero.`;

/** @typedef {import("./duel.mjs").Rules & { filter: RegExp }} Options */

/**
 * @param {string} base
 * @param {Options} options
 */
export async function compare(base, { filter, ...rules }) {
  heading(`This tree against ${base}`);
  const commit = await forkPoint(base);
  const tree = await checkOut(commit);
  note(`${base} and this tree part at ${commit.slice(0, 12)}; both are built …`);
  const sides = {
    head: await benchmarks(await build(root)),
    base: await benchmarks(await build(tree, { CARGO_TARGET_DIR: join(cargoTarget, "bench-base") })),
  };
  const ids = [...sides.head.keys()].filter((id) => filter.test(id));
  const both = ids.filter((id) => sides.base.has(id));
  const line = progress(`${both.length} benchmarks, ${rules.rounds} rounds …`);
  const duels = await fight(
    both,
    rules,
    (side, id) => moment(sides[side].get(id) ?? "", id),
    (done, of) => line.update(`${done} of ${of}`),
  );
  line.end();
  const added = ids.filter((id) => !sides.base.has(id));
  const removed = [...sides.base.keys()].filter((id) => filter.test(id) && !sides.head.has(id));
  return { commit, duels, added, removed };
}

/** Benchmarks by id, with their programs. @param {string[]} programs @returns {Promise<Map<string, string>>} */
async function benchmarks(programs) {
  const each = await Promise.all(programs.map(async (program) => (await list(program)).map((id) => [id, program])));
  return new Map(/** @type {[string, string][]} */ (each.flat()));
}

/** @param {Record<string, any>} values @returns {Options} */
export function rules({ rounds = "16", tolerance = "10", confidence = "99", filter = "" }) {
  const number = (name, text, low, high) => {
    const value = Number(text);
    if (text === "" || !(value >= low && value <= high))
      throw new InputError(`--${name} takes a number from ${low} to ${high}, not "${text}".`);
    return value;
  };
  try {
    return {
      rounds: Math.round(number("rounds", rounds, 3, 1000)),
      tolerance: number("tolerance", tolerance, 0, 1000) / 100,
      confidence: number("confidence", confidence, 50, 99.99) / 100,
      filter: new RegExp(String(filter)),
    };
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(`--filter is no regular expression: ${error.message}.`);
    throw error;
  }
}

/** What this command and `npm run pr-check` take alike. */
export const OPTIONS = /** @type {const} */ ({
  rounds: { type: "string" },
  tolerance: { type: "string" },
  confidence: { type: "string" },
  filter: { type: "string" },
  markdown: { type: "string" },
  help: { type: "boolean", default: false },
});

/**
 * @param {string[]} argv
 * @param {NonNullable<import("node:util").ParseArgsConfig["options"]>} options
 * @param {string} help
 * @returns {{ values: Record<string, any>, base: string }}
 */
export function commandLine(argv, options, help) {
  try {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
    if (!values.help && positionals.length !== 1) throw new Error("One BASE is needed.");
    return { values, base: positionals[0] ?? "" };
  } catch (error) {
    throw new InputError(`${error.message}\n${help}`);
  }
}

await main(import.meta.url, async (argv) => {
  const { values, base } = commandLine(argv, { ...OPTIONS, json: { type: "string" } }, HELP);
  if (values.help) return console.log(HELP);
  const options = rules(values);
  const { native } = readThresholds(baselines);
  const comparison = await compare(base, options);
  process.stdout.write(terminal(comparison, native));
  save(values.markdown, markdown(comparison, native, options));
  save(values.json, `${JSON.stringify(comparison)}\n`);
  const slower = comparison.duels.filter(({ change }) => change === "slower");
  if (slower.length === 0) console.log(green("✓ Nothing has become slower."));
  else console.log(red(`✗ Slower: ${slower.map(({ id }) => id).join(", ")}.`));
  return slower.length === 0 ? 0 : 1;
});

/** @param {unknown} path @param {string} text */
function save(path, text) {
  if (typeof path !== "string") return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
