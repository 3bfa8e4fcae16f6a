import assert from "node:assert/strict";
import { test } from "node:test";
import { countTests } from "../../scripts/lib/counts.mjs";

test("cargo: every binary's line is added up", () => {
  const output = `running 3 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
`;
  assert.deepEqual(countTests(output), { passed: 6, failed: 1, skipped: 1 });
});

test("wasm-bindgen-test: the line without 'measured' counts too", () => {
  const output = "test result: ok. 5 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.52s\n";
  assert.deepEqual(countTests(output), { passed: 5, failed: 0, skipped: 0 });
});

test("vitest: the line of tests, not the one of files, colours or not", () => {
  const output =
    " Test Files  1 failed | 3 passed (4)\n\u001b[2m      Tests \u001b[22m \u001b[31m1 failed\u001b[39m | 12 passed | 2 skipped (15)\n";
  assert.deepEqual(countTests(output), { passed: 12, failed: 1, skipped: 2 });
});

test("Playwright: whatever did not pass is a failure, but for what was skipped", () => {
  const output =
    "  1 failed\n    [x] › a.spec.ts:3:1 › b\n  1 flaky\n  2 skipped\n  3 did not run\n  20 passed (31.4s)\n";
  assert.deepEqual(countTests(output), { passed: 20, failed: 5, skipped: 2 });
});

test("Playwright: a run of more than a minute", () => {
  assert.deepEqual(countTests("  7 passed (1.2m)\n"), { passed: 7, failed: 0, skipped: 0 });
});

test("node --test: both of its reporters", () => {
  assert.deepEqual(countTests("# tests 3\n# pass 2\n# fail 1\n# skipped 0\n"), { passed: 2, failed: 1, skipped: 0 });
  assert.deepEqual(countTests("ℹ tests 3\nℹ pass 3\nℹ fail 0\n"), { passed: 3, failed: 0, skipped: 0 });
});

test("a text without closing lines counts nothing", () => {
  assert.deepEqual(countTests("12 passed over the bridge\nall 3 failed to return"), {
    passed: 0,
    failed: 0,
    skipped: 0,
  });
});
