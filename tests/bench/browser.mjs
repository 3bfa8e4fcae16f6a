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

const HELP = `npm run bench:browser -- --model FILE [--threads 1,2] [--rounds 3] [--build auto|simd|threads|gpu] [--profile] [--json]
Measures the built extension (npm run build) in headless Chromium: load, first token, prefill, decode, memory.
--build gpu wants a GPU that is not software; --threads is for the others.
--profile also says where a token's time goes.`;

/** Chromium on Linux has WebGPU on graphics cards for who asks for it. */
const WEBGPU = ["--enable-unsafe-webgpu", "--enable-features=Vulkan"];

/** @param {import("./lib/stats.mjs").Series[]} series */
const failed = (series) => series.some(({ error }) => error);

await main(import.meta.url, async (argv) => {
  const more = /** @type {const} */ ({ build: { type: "string" }, profile: { type: "boolean" } });
  const { model, threads, rounds, json, help, build, profile: profiled } = options(argv, more, HELP);
  if (help) return console.log(HELP);
  const builds = ["auto", "simd", "threads", "gpu"];
  if (build && !builds.includes(build)) throw new UserError(`--build is one of ${builds.join(", ")}, not "${build}".`);
  const counts = build === "gpu" ? [1] : threads;
  const body = async (/** @type {import("./lib/chord.mjs").Chrome} */ chrome, /** @type {string} */ id) => {
    const series = await interleave([chord(chrome, id, build)], counts, rounds);
    const phases = [];
    if (profiled && !failed(series))
      for (const count of counts) phases.push(...(await profile(chrome, id, count, build)));
    return { series, phases };
  };
  const { series, phases } = await withBrowser(model, body, build === "gpu" ? WEBGPU : []);
  print({ ...report(basename(model), series), ...(profiled && { profile: phases }) }, json);
  return failed(series) ? 1 : 0;
});
