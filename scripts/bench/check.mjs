// Rejects what takes longer than .github/benchmark-baselines.json allows. scripts/check-benchmark-regression.sh calls it.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { green, InputError, note, red, yellow } from "../lib/log.mjs";
import { main } from "../lib/main.mjs";
import { baselines, benchResults } from "../lib/paths.mjs";
import { readResults } from "./results.mjs";
import { markdown, terminal } from "./tables.mjs";
import { readThresholds } from "./thresholds.mjs";
import { judge, worst } from "./verdicts.mjs";

const HELP = `scripts/check-benchmark-regression.sh [BASELINES] [RESULTS_DIR] [--browser] [--markdown FILE]
Compares what benchmarks measured with their thresholds.
  BASELINES      ${baselines}
  RESULTS_DIR    ${benchResults}: Criterion's output, and *.bench.json of the browser's benchmarks
  --browser      the browser's thresholds are wanted as well (they are whenever there is a browser's result)
  --markdown     writes the table for a pull request, too
Ends with 0 (green, or yellow with a warning), 1 (something is above its limit or was not measured), 2 (bad input).`;

/** @param {string} baselinesPath @param {string} folder @param {{ browser?: boolean }} [options] */
export function check(baselinesPath, folder, { browser = false } = {}) {
  const thresholds = readThresholds(baselinesPath);
  const results = readResults(folder);
  const withBrowser = browser || results.some((result) => result.browser);
  const wanted = withBrowser ? [...thresholds.native, ...thresholds.browser] : thresholds.native;
  const { verdicts, others } = judge(wanted, results);
  return { verdicts, others, colour: worst(verdicts), leftOut: withBrowser ? [] : thresholds.browser };
}

await main(import.meta.url, (argv) => {
  const { values, positionals } = options(argv);
  if (values.help) return console.log(HELP);
  const { verdicts, others, colour, leftOut } = check(
    positionals[0] ?? baselines,
    positionals[1] ?? benchResults,
    values,
  );
  process.stdout.write(terminal(verdicts, others));
  if (values.markdown) writeFileSync(values.markdown, markdown(verdicts, others));
  const count = (wanted) => verdicts.filter((verdict) => verdict.colour === wanted).length;
  console.log();
  if (leftOut.length > 0)
    note(`Left out: ${leftOut.length} thresholds of the browser, whose benchmarks have not run (npm run bench:all).`);
  if (colour === "red") {
    const missing = verdicts.filter(({ result }) => !result).length;
    console.log(red(`✗ ${count("red") - missing} above the limit, ${missing} without a result.`));
    return 1;
  }
  if (colour === "yellow") console.log(yellow(`! ${count("yellow")} near the limit: a warning, no failure.`));
  else console.log(green(`✓ All ${verdicts.length} are well under their limits.`));
  return 0;
});

function options(argv) {
  try {
    const parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        browser: { type: "boolean", default: false },
        markdown: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (parsed.positionals.length > 2) throw new Error("There are more than two arguments.");
    return parsed;
  } catch (error) {
    throw new InputError(`${error.message}\n${HELP}`);
  }
}
