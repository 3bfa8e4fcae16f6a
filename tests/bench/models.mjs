// Whole models in the built extension, per build and number of threads, with thresholds: `npm run bench:models`.
import { existsSync, mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { heading, InputError, note, UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { build as buildFolder } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { median, spread } from "../../scripts/lib/stats.mjs";
import { chord } from "./lib/chord.mjs";
import { people } from "./lib/output.mjs";
import { writeResults } from "./lib/results.mjs";
import { roundTrips } from "./lib/round-trip.mjs";
import { interleave } from "./lib/rounds.mjs";
import { withBrowser } from "./lib/session.mjs";
import { row } from "./lib/stats.mjs";

/** Random weights in real shapes; the types are those that such models are used in. */
export const MODELS = [
  { shape: "smollm2-135m", type: "q4_k_m" },
  { shape: "qwen2.5-0.5b", type: "q4_0" },
];

const HELP = `npm run bench:models [-- --rounds 3] [--only ${MODELS.map(({ shape }) => shape).join("|")}]
Measures generated models in the built extension (npm run build): load, first token, prefill, decode, and a message's round
trip, with one thread in both builds for the CPU, and with two and all cores. \`npm run bench:check\` reads the results.`;

/** @typedef {import("./lib/stats.mjs").Series} Series */

/** Makes the model unless it is there; its path. @param {{ shape: string, type: string }} model */
async function made({ shape, type }) {
  const folder = join(buildFolder, "models");
  const path = join(folder, `${shape}-${type}.gguf`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const chord = [
    "run",
    "--release",
    "-p",
    "wasm-chord-cli",
    "--",
    "make-model",
    "--shape",
    shape,
    "--type",
    type,
    path,
  ];
  const { code } = await run("cargo", chord);
  if (code !== 0) throw new UserError(`The model ${shape} could not be made: see the words above.`);
  return path;
}

/**
 * The engine in one build with one number of threads, as one contestant among others.
 * @param {import("../../scripts/lib/chrome.mjs").Chrome} chrome
 * @param {string} id
 * @param {string} build
 * @param {number} threads
 * @returns {import("./lib/rounds.mjs").Contestant}
 */
function variant(chrome, id, build, threads) {
  const { measure } = chord(chrome, id, build);
  return { engine: build === "simd" ? "simd" : `threads-${threads}`, measure: () => measure(threads) };
}

/**
 * A model's figures as results, called browser_model/MODEL/VARIANT/METRIC.
 * @param {string} model
 * @param {Series[]} series
 */
export function modelResults(model, series) {
  return series.flatMap((each) => {
    if (each.error) throw new UserError(`${model} could not be measured (${each.engine}): ${each.error}.`);
    const { spread: spreads, ...figures } = row(each);
    return Object.entries(UNIT_OF).map(([metric, unit]) => {
      const value = figures[metric];
      if (typeof value !== "number") throw new UserError(`${model} (${each.engine}) has no figure for ${metric}.`);
      const id = `browser_model/${model}/${each.engine}/${metric.replace(/_ms$/, "")}`;
      return { id, value, unit, spread: spreads[metric] ?? null };
    });
  });
}

const UNIT_OF = {
  load_ms: "ms",
  first_token_ms: "ms",
  prefill128: "tok/s",
  prefill512: "tok/s",
  decode64: "tok/s",
  decode64_ctx1024: "tok/s",
};

await main(import.meta.url, async (argv) => {
  const { rounds, only, help } = options(argv);
  if (help) return console.log(HELP);
  for (const model of MODELS.filter(({ shape }) => !only || shape === only)) {
    const name = `${model.shape}-${model.type}`;
    heading(`${name} in the extension`);
    const path = await made(model);
    await withBrowser(path, async (chrome, id) => {
      const cores = cpus().length;
      // One thread and two, which have thresholds, and all cores.
      const threads = [...new Set([1, Math.min(2, cores), cores])];
      const variants = [
        variant(chrome, id, "simd", 1),
        ...threads.map((count) => variant(chrome, id, "threads", count)),
      ];
      const series = await interleave(variants, [1], rounds);
      process.stdout.write(people({ model: name, rows: series.map(row), ratios: {} }));
      const taken = await roundTrips(chrome);
      const trip = {
        id: "browser_model/message_round_trip",
        value: Number(median(taken)),
        unit: "ms",
        spread: spread(taken),
      };
      note(`a message and its answer: ${trip.value.toFixed(2)} ms`);
      writeResults(name, [...modelResults(name, series), ...(model === MODELS[0] ? [trip] : [])]);
    });
  }
});

function options(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        rounds: { type: "string", default: "3" },
        only: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new InputError(`${error.message}\n${HELP}`);
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new InputError(`--rounds takes a whole number, not "${values.rounds}".`);
  if (values.only && !MODELS.some(({ shape }) => shape === values.only))
    throw new InputError(`There is no model "${values.only}".\n${HELP}`);
  return { ...values, rounds };
}
