// How many tests a runner ran, read from its own closing lines.
import { stripVTControlCharacters } from "node:util";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

// cargo test and wasm-bindgen-test: one line a test binary.
const CARGO = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
// vitest: "Tests  1 failed | 12 passed | 2 skipped (15)".
const VITEST = /^\s*Tests {2}(.+)\(\d+\)$/gm;
// Playwright: "  12 passed (30.1s)", "  1 failed", "  2 skipped", "  1 flaky", each on its own line.
const PLAYWRIGHT = /^\s+(\d+) (passed|failed|skipped|flaky|did not run|interrupted)(?: \([\d.]+m?s?\))?$/gm;
// node --test: "# pass 3" or "ℹ pass 3".
const NODE = /^[#ℹ] (pass|fail|skipped) (\d+)$/gm;

/** @returns {Counts} */
export function countTests(output) {
  const text = stripVTControlCharacters(output);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of text.matchAll(CARGO)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  for (const [, line] of text.matchAll(VITEST)) {
    for (const [, n, what] of (line ?? "").matchAll(/(\d+) (passed|failed|skipped|todo)/g))
      add(counts, what, Number(n));
  }
  for (const [, n, what] of text.matchAll(PLAYWRIGHT)) add(counts, what, Number(n));
  for (const [, what, n] of text.matchAll(NODE)) add(counts, what, Number(n));
  return counts;
}

function add(counts, what, n) {
  if (what.startsWith("pass")) counts.passed += n;
  else if (what === "skipped" || what === "todo") counts.skipped += n;
  else counts.failed += n; // failed, flaky, did not run, interrupted: none of them is a pass
}
