// Our engine in the browser, alone: `npm run bench:browser -- --model FILE --threads N --json`.
import { basename } from "node:path";
import { UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { options } from "./lib/args.mjs";
import { chord } from "./lib/chord.mjs";
import { print } from "./lib/output.mjs";
import { interleave } from "./lib/rounds.mjs";
import { withBrowser } from "./lib/session.mjs";
import { report } from "./lib/stats.mjs";

const HELP = `npm run bench:browser -- --model FILE [--threads 1,2] [--rounds 3] [--build auto|simd|threads] [--json]
Measures the built extension (npm run build) in headless Chromium: load, first token, prefill, decode, memory.`;

await main(import.meta.url, async (argv) => {
  const { model, threads, rounds, json, help, build } = options(argv, { build: { type: "string" } }, HELP);
  if (help) return console.log(HELP);
  const builds = ["auto", "simd", "threads"];
  if (build && !builds.includes(build)) throw new UserError(`--build is one of ${builds.join(", ")}, not "${build}".`);
  const series = await withBrowser(model, (chrome, id) => interleave([chord(chrome, id, build)], threads, rounds));
  print(report(basename(model), series), json);
  return series.some(({ error }) => error) ? 1 : 0;
});
