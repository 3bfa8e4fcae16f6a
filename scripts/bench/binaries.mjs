// The benchmarks' programs: built by cargo, listed, and run for a moment.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";

/** Packages and their benchmarks that have thresholds or are compared. */
export const BENCHES = [
  { package: "wasm-chord-cpu", names: ["gemm"] },
  { package: "wasm-chord-runtime", names: ["attention", "integration"] },
];

/**
 * Builds them in the tree at `cwd`, which may be one that lacks some.
 * @param {string} cwd
 * @param {Record<string, string>} [env]
 * @returns {Promise<string[]>} paths of programs
 */
export async function build(cwd, env = {}) {
  const programs = [];
  for (const { package: name, names } of BENCHES) {
    for (const bench of names) {
      const args = ["bench", "-p", name, "--bench", bench, "--no-run", "--message-format", "json-render-diagnostics"];
      const { code, text } = await run("cargo", args, { cwd, env, output: "hide" });
      if (code === 0) programs.push(executable(text, bench));
      else if (!/no bench target named/.test(text)) {
        console.error(
          text
            .split("\n")
            .filter((line) => !line.startsWith("{"))
            .slice(-30)
            .join("\n"),
        );
        throw new UserError(`The benchmarks of ${cwd} do not compile: see cargo's words above.`);
      }
    }
  }
  return programs;
}

/** Where cargo says that it put the benchmark. @param {string} messages @param {string} bench */
export function executable(messages, bench) {
  for (const line of messages.split("\n").filter((line) => line.startsWith("{"))) {
    const { reason, target, executable } = JSON.parse(line);
    if (reason === "compiler-artifact" && target.name === bench && target.kind.includes("bench") && executable)
      return executable;
  }
  throw new UserError(`cargo built no benchmark "${bench}".`);
}

/** What a program can measure. @param {string} program @returns {Promise<string[]>} */
export async function list(program) {
  const { code, text } = await run(program, ["--bench", "--list", "--format", "terse"], { output: "hide" });
  if (code !== 0) throw new UserError(`${program} does not list its benchmarks:\n${text}`);
  return text.split("\n").flatMap((line) => /^(.+): benchmark$/.exec(line)?.[1] ?? []);
}

/** How a benchmark is measured in a round. Samples are shorter than the scheduler's turns, so that some have none in them. */
const MOMENT = { "warm-up-time": 0.02, "measurement-time": 0.06, "sample-size": 20, nresamples: 1000 };

/**
 * Runs one benchmark for a moment; the shortest time of an iteration among its samples, in nanoseconds. The shortest, since
 * what else runs on a machine only ever adds to it.
 * @param {string} program
 * @param {string} id
 */
export async function moment(program, id) {
  const home = mkdtempSync(join(tmpdir(), "chord-criterion-"));
  try {
    const options = Object.entries(MOMENT).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const env = { CRITERION_HOME: home };
    const { code, text } = await run(program, ["--bench", "--exact", id, "--noplot", ...options], {
      cwd: root,
      env,
      output: "hide",
    });
    if (code !== 0) throw new UserError(`The benchmark ${id} failed:\n${text.trim().split("\n").slice(-5).join("\n")}`);
    const { iters, times } = JSON.parse(readFileSync(join(home, id, "new", "sample.json"), "utf8"));
    return Math.min(...times.map((time, i) => time / iters[i]));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
