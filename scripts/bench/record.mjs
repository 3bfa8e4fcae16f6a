// Appends what benchmarks measured to the history: `npm run bench:record`.
import { parseArgs } from "node:util";
import { InputError, step, UserError } from "../lib/log.mjs";
import { main } from "../lib/main.mjs";
import { benchResults, history } from "../lib/paths.mjs";
import { capture } from "../lib/run.mjs";
import { append, figures, machine } from "./history.mjs";
import { readJson } from "./json.mjs";
import { peerResults } from "./peers.mjs";
import { readResults } from "./results.mjs";

const HELP = `npm run bench:record [-- RESULTS_DIR] [--peers REPORT.json] [--history FILE]
Appends a line to ${history}: this commit, the machine, and every result with its spread.
  RESULTS_DIR  ${benchResults} (run \`npm run bench:all\` before)
  --peers      what \`npm run -s bench:peers -- --json\` printed`;

await main(import.meta.url, async (argv) => {
  const { values, positionals } = options(argv);
  if (values.help) return console.log(HELP);
  const results = readResults(positionals[0] ?? benchResults);
  if (results.length === 0) throw new UserError("There is nothing to record: run `npm run bench:all` before.");
  for (const path of values.peers ?? []) results.push(...peerResults(readJson(path), path));
  const commit = await capture("git", ["rev-parse", "HEAD"]);
  if (!commit) throw new UserError("git does not know which commit this is.");
  append(values.history ?? history, {
    commit: commit.trim(),
    subject: ((await capture("git", ["log", "-1", "--format=%s"])) ?? "").trim(),
    changed: ((await capture("git", ["status", "--porcelain", "--", "wasm", "Cargo.lock"])) ?? "").trim() !== "",
    date: new Date().toISOString(),
    machine: machine(),
    results: figures(results),
  });
  step(`${results.length} results of ${commit.trim().slice(0, 12)}`, values.history ?? history);
});

function options(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        peers: { type: "string", multiple: true },
        history: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new InputError(`${error.message}\n${HELP}`);
  }
}
