// Every benchmark that has thresholds: `npm run bench:all`. Native ones by cargo, the browser's by tests/bench.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { heading, InputError, UserError } from "../lib/log.mjs";
import { main } from "../lib/main.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { BENCHES } from "./binaries.mjs";

const HELP = `npm run bench:all [-- --quick] [-- --native]
Runs the benchmarks and leaves their results where \`npm run bench:check\` and \`npm run bench:record\` look.
  --quick    shorter ones, natively
  --native   none in the browser (those take some minutes, and a build)`;

/** @param {{ quick?: boolean, browser?: boolean }} what */
export async function measureAll({ quick = false, browser = false }) {
  heading("Benchmarks");
  for (const { package: name, names } of BENCHES) {
    const benches = names.flatMap((bench) => ["--bench", bench]);
    await must("cargo", ["bench", "-p", name, ...benches, "--", "--noplot", ...(quick ? ["--quick"] : [])]);
  }
  if (!browser) return;
  await must(process.execPath, [join(root, "tests", "bench", "sizes.mjs")]);
  await must(process.execPath, [join(root, "tests", "bench", "kernels.mjs")]);
  await must(process.execPath, [join(root, "tests", "bench", "models.mjs")]);
}

/** @param {string} command @param {string[]} args */
async function must(command, args) {
  const { code } = await run(command, args);
  if (code !== 0) throw new UserError(`${[command, ...args].join(" ")} failed: see its words above.`);
}

await main(import.meta.url, async (argv) => {
  const { quick, native, help } = options(argv);
  if (help) return console.log(HELP);
  await measureAll({ quick, browser: !native });
});

function options(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        quick: { type: "boolean", default: false },
        native: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    throw new InputError(`${error.message}\n${HELP}`);
  }
}
