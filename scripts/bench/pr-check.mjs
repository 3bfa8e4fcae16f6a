// What the workflow pr-benchmark runs on a pull request, on any machine: `npm run pr-check -- BASE`.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { green, heading, note, red, UserError } from "../lib/log.mjs";
import { main } from "../lib/main.mjs";
import { baselines, benchResults, build } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { measureAll } from "./all.mjs";
import { check } from "./check.mjs";
import { commandLine, compare, OPTIONS, rules } from "./compare.mjs";
import * as comparison from "./comparison.mjs";
import * as tables from "./tables.mjs";
import { readThresholds } from "./thresholds.mjs";

const HELP = `npm run pr-check -- BASE [--quick] [--browser] [--rounds 16] [--filter REGEX] [--tolerance 10] [--confidence 99]
                         [--markdown FILE]
The integration tests, the benchmarks, their thresholds, and a comparison with the commit where this tree left BASE.
  --quick     shorter benchmarks for the thresholds
  --browser   the browser's benchmarks as well
  --filter    which native benchmarks are compared
  --markdown  where the summary goes (build/bench/summary.md)
Fails when a test fails, a result is above its threshold or missing, or something has become slower.`;

/** How the workflow knows the comment that it wrote before. */
const MARKER = "<!-- chord-benchmarks -->";

const INTEGRATION_TESTS = [
  ["-p", "wasm-chord-core", "--test", "integration_inference_simple"],
  ["-p", "wasm-chord-runtime", "--test", "integration_simple"],
];

await main(import.meta.url, async (argv) => {
  const own = /** @type {const} */ ({ quick: { type: "boolean" }, browser: { type: "boolean" } });
  const { values, base } = commandLine(argv, { ...OPTIONS, ...own }, HELP);
  if (values.help) return console.log(HELP);
  const options = rules(values);
  const summary = values.markdown ?? join(build, "bench", "summary.md");

  heading("Integration tests");
  for (const args of INTEGRATION_TESTS) {
    const { code } = await run("cargo", ["test", "--release", ...args]);
    if (code !== 0) throw new UserError("An integration test failed: speed is not looked at before it passes.");
  }

  rmSync(benchResults, { recursive: true, force: true }); // what an earlier run measured is not this tree's
  await measureAll({ quick: values.quick, browser: values.browser });

  heading("Thresholds");
  const limits = check(baselines, benchResults, { browser: values.browser });
  process.stdout.write(tables.terminal(limits.verdicts, limits.others));

  const { native } = readThresholds(baselines);
  const compared = await compare(base, options);
  process.stdout.write(comparison.terminal(compared, native));
  const slower = compared.duels.filter(({ change }) => change === "slower");

  const failed = limits.colour === "red" || slower.length > 0;
  mkdirSync(dirname(summary), { recursive: true });
  writeFileSync(summary, page(limits, compared, native, options));
  note(`The summary is in ${summary}.`);
  console.log(failed ? red("✗ This tree is not fast enough to be merged.") : green("✓ Fast enough."));
  return failed ? 1 : 0;
});

/** The comment of a pull request. */
export function page(limits, compared, thresholds, options) {
  const slower = compared.duels.filter(({ change }) => change === "slower").length;
  const verdict = {
    green: "🟢 All benchmarks are well under their thresholds",
    yellow: "🟡 Some benchmarks are near their thresholds",
    red: "🔴 A threshold is passed, or a benchmark is missing",
  };
  return `${MARKER}
## Benchmarks

${verdict[limits.colour]}; ${slower > 0 ? `🔴 ${slower} slower than the base` : "none is slower than the base"}.

### Against the thresholds

${tables.markdown(limits.verdicts, limits.others)}
### Against ${compared.commit.slice(0, 12)}, in turn on the same machine

${comparison.markdown(compared, thresholds, options)}
How to read this, and how to change a threshold: \`docs/PERFORMANCE.md\`.
`;
}
