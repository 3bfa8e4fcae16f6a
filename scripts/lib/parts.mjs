// The parts of `npm test`. Each runs its runner with all of its output shown and says how many passed and failed.
// run-parts.mjs says which run at once.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "../build.mjs";
import { requireBrowser } from "../setup/chromium.mjs";
import { countTests } from "./counts.mjs";
import { UserError } from "./log.mjs";
import { cargoTarget, root } from "./paths.mjs";
import { run } from "./run.mjs";
import * as wasmBuilds from "./wasm-builds.mjs";

/** @typedef {import("./run-parts.mjs").Part} Part */

// Node versions read a folder given to --test in different ways; files they all read alike.
const nodeTests = () =>
  readdirSync(join(root, "tests", "scripts"))
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => join(root, "tests", "scripts", name));

const bin = (name) => join(root, "node_modules", ".bin", name);

/**
 * A part made of checks that have no tests in them: each command counts as one.
 * @param {string} name
 * @param {string} title
 * @param {(string[] | { command: string[], env: Record<string, string> })[]} commands
 */
const checks = (name, title, commands) => ({
  name,
  title,
  async run() {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const each of commands) {
      const { command, env } = Array.isArray(each) ? { command: each, env: {} } : each;
      const [program = "", ...args] = command;
      const { code } = await run(program, args, { env });
      if (code === 0) counts.passed += 1;
      else counts.failed += 1;
    }
    return counts;
  },
});

/** A part that is one test runner, counted by its closing lines. */
const runner = (name, title, command) => ({
  name,
  title,
  async run(output) {
    const [program, args, options] = await command();
    const { code, text } = await run(program, args, { ...options, output });
    const counts = { ...countTests(text), text };
    // A runner that fails without naming a test (a compile error, a crash) is one failure all the same.
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    // One that ends well without running anything has tested nothing.
    if (code === 0 && counts.passed === 0) counts.failed = 1;
    return counts;
  },
});

const clippy = ["cargo", "clippy", "--workspace", "--all-targets", "--release", "--", "-D", "warnings"];
const clippyWasm = (...args) => [
  "cargo",
  "clippy",
  "--release",
  "--target",
  "wasm32-unknown-unknown",
  ...args,
  "--",
  "-D",
  "warnings",
];
const web = ["-p", "wasm-chord-web"];
// Lints look at the standard library's names alone, which are the same in the one that is there: none is compiled for them.
const { CARGO_UNSTABLE_BUILD_STD, ...threadsLintEnv } = wasmBuilds.threads.env;

/**
 * The tests in headless Chrome, in one of the builds for the CPU. The runner serves them cross-origin isolated. Most of the time
 * one core is busy, with compiling what a GPU's driver would. Other parts that compile wait while this one does.
 */
const wasmPart = (name, { title, env }) => ({
  ...runner(name, `Rust in the browser (wasm-pack test in headless Chrome: ${title})`, async () => {
    const { driver = "chromedriver" } = await requireBrowser();
    const args = ["test", "--headless", "--chrome", "--chromedriver", driver, "--mode", "no-install", "--release"];
    return ["wasm-pack", [...args, join(root, "tests", "wasm")], { env }];
  }),
  order: /** @type {const} */ ("aside"),
});

const cargoTest = runner("cargo", "Rust, native (cargo test)", () => [
  "cargo",
  ["test", "--workspace", "--release", "--no-fail-fast"],
]);

/** @type {Part[]} */
export const lintParts = [
  checks("lint", "Formatting and lints (rustfmt, clippy, Biome)", [
    ["cargo", "fmt", "--all", "--check"],
    clippy,
    clippyWasm(...web, "-p", "wasm-chord-gpu"), // with the features that the next has, so that it shares what was checked
    clippyWasm(...web, "--features", "gpu"),
    { command: clippyWasm(...web), env: threadsLintEnv },
    [bin("biome"), "check", "--error-on-warnings"],
  ]),
];

const typecheck = checks("types", "Types (tsc)", [
  [bin("tsc"), "-p", root],
  [bin("tsc"), "-p", join(root, "tests", "e2e")],
  [bin("tsc"), "-p", join(root, "scripts")],
]);

// As tests, benchmarks run once and measure nothing. They are asked of the whole workspace: for some packages alone, cargo would
// choose other features and compile everything again.
const benches = ["gemm", "attention", "integration"].flatMap((name) => ["--bench", name]);

// Of private items, too, which may be linked to: this documentation is for who works here. A link to nothing is an error.
const rustdocFlags = ["-D", "warnings", "-A", "rustdoc::private_intra_doc_links"];
const docs = checks("docs", "API documentation (cargo doc)", [
  [
    ...["cargo", "doc", "--release", "--workspace", "--no-deps", "--document-private-items"],
    ...["--config", `build.rustdocflags=${JSON.stringify(rustdocFlags)}`],
  ],
]);

/** @type {Part[]} */
export const testParts = [
  ...lintParts,
  docs,
  wasmPart("wasm", wasmBuilds.simd),
  wasmPart("wasm-threads", wasmBuilds.threads),
  {
    ...cargoTest,
    async run(output) {
      const counts = await cargoTest.run(output);
      // It has built the tool for its own tests; the other parts need not build it again.
      if (counts.failed === 0) process.env.CHORD_BUILT = join(cargoTarget, "release", "chord");
      return counts;
    },
  },
  checks("benches", "Benchmarks, each run once", [["cargo", "test", "--workspace", "--release", ...benches]]),
  runner("scripts", "Scripts (node --test)", () => [
    process.execPath,
    ["--test", "--test-reporter=spec", ...nodeTests()],
  ]),
  {
    name: "build",
    title: "Build",
    async run() {
      try {
        await build();
        return { passed: 1, failed: 0, skipped: 0 };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        console.error(error.message);
        return { passed: 0, failed: 1, skipped: 0 };
      }
    },
  },
  typecheck, // after the build, which writes the engine's types
  runner("unit", "TypeScript (vitest)", () => [
    bin("vitest"),
    ["run", "--config", join(root, "extension", "vitest.config.ts")],
  ]),
  {
    ...runner("e2e", "The extension in Chromium (Playwright)", () => [
      bin("playwright"),
      ["test", "--config", join(root, "tests", "e2e")],
    ]),
    order: "alone", // it keeps every core busy, and there are times in it that a person would notice
  },
];
