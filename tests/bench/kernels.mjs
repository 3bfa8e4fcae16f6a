// The kernels in headless Chrome, per build: `npm run bench:kernels`. wasm-bindgen's runner, which wasm-pack uses for the tests,
// runs tests/wasm/benches/kernels.rs; wasm-pack has no command for benchmarks, and would compile all tests first.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readJson } from "../../scripts/bench/json.mjs";
import { format } from "../../scripts/bench/units.mjs";
import { heading, note, UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { build as buildFolder, root } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { simd, threads } from "../../scripts/lib/wasm-builds.mjs";
import { requireBrowser } from "../../scripts/setup/chromium.mjs";
import * as rust from "../../scripts/setup/rust.mjs";
import * as tools from "../../scripts/setup/tools.mjs";
import { setup } from "../../scripts/setup.mjs";
import { writeResults } from "./lib/results.mjs";

const HELP = `npm run bench:kernels [-- --build simd|threads]
Measures the kernels of the engine's builds for the CPU in headless Chrome; \`npm run bench:check\` reads the results.`;

/** @param {import("../../scripts/lib/wasm-builds.mjs").WasmBuild} build */
export async function measureKernels(build) {
  heading(`Kernels in headless Chrome (${build.title})`);
  const { driver = "chromedriver" } = await requireBrowser();
  const dump = join(buildFolder, "bench", `kernels-${build.name}.json`);
  rmSync(dump, { force: true }); // the runner would compare with it, and add to it
  const args = ["bench", "--target", "wasm32-unknown-unknown", "-p", "wasm-chord-tests", "--bench", "kernels"];
  const { code } = await run("cargo", args, {
    cwd: join(root, "tests", "wasm"), // whose .cargo/config.toml and webdriver.json are for the runner
    env: {
      ...build.env,
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
      CHROMEDRIVER: driver,
      WASM_BINDGEN_BENCH_RESULT: dump,
      WASM_BINDGEN_TEST_TIMEOUT: "600",
    },
  });
  if (code !== 0 || !existsSync(dump)) throw new UserError("The kernels were not measured: see the words above.");
  const results = kernelResults(readJson(dump), build.name);
  for (const { id, value } of results) note(`${id}  ${format(value, "time")}`);
  writeResults(`kernels-${build.name}`, results);
}

/**
 * What wasm-bindgen-test's copy of Criterion writes, as results.
 * @param {Record<string, { estimates: Record<string, { point_estimate: number }> }>} dump
 * @param {string} build
 */
export function kernelResults(dump, build) {
  return Object.entries(dump).map(([name, { estimates }]) => {
    const value = estimates.median?.point_estimate;
    const deviation = estimates.median_abs_dev?.point_estimate;
    if (value === undefined) throw new UserError(`The browser's benchmark ${name} has no median.`);
    const id = `browser_kernels/${build}/${name}`;
    return { id, value, unit: "ns", spread: deviation === undefined ? null : deviation / value };
  });
}

await main(import.meta.url, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    options: { build: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return console.log(HELP);
  const builds = [simd, threads].filter(({ name }) => !values.build || name === values.build);
  if (builds.length === 0) throw new UserError(`There is no build "${values.build}".\n${HELP}`);
  await setup([rust, tools]);
  for (const build of builds) await measureKernels(build);
});
