// Our engine in the browser, alone: `npm run bench:browser -- --model FILE --threads N --json`.
import { basename } from "node:path";
import { UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { options } from "./lib/args.mjs";
import { chord, profile } from "./lib/chord.mjs";
import { print } from "./lib/output.mjs";
import { interleave } from "./lib/rounds.mjs";
import { withBrowser } from "./lib/session.mjs";
import { report } from "./lib/stats.mjs";

const HELP = `npm run bench:browser -- --model FILE [--threads 1,2] [--rounds 3] [--build auto|simd|threads] [--profile] [--json]
Measures the built extension (npm run build) in headless Chromium: load, first token, prefill, decode, memory.
--profile also says where a token's time goes.`;

await main(import.meta.url, async (argv) => {
  const more = /** @type {const} */ ({ build: { type: "string" }, profile: { type: "boolean" } });
  const { model, threads, rounds, json, help, build, profile: profiled } = options(argv, more, HELP);
  if (help) return console.log(HELP);
  const builds = ["auto", "simd", "threads"];
  if (build && !builds.includes(build)) throw new UserError(`--build is one of ${builds.join(", ")}, not "${build}".`);
  const { series, phases } = await withBrowser(model, async (chrome, id) => {
    const series = await interleave([chord(chrome, id, build)], threads, rounds);
    const phases = [];
    if (profiled) for (const count of threads) phases.push(...(await profile(chrome, id, count, build)));
    return { series, phases };
  });
  print({ ...report(basename(model), series), ...(profiled && { profile: phases }) }, json);
  return series.some(({ error }) => error) ? 1 : 0;
});
