import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseThresholds, readThresholds } from "../../scripts/bench/thresholds.mjs";
import { format } from "../../scripts/bench/units.mjs";
import { colourOf } from "../../scripts/bench/verdicts.mjs";
import { baselines, root } from "../../scripts/lib/paths.mjs";
import { wasmBuilds } from "../../scripts/lib/wasm-builds.mjs";
import { METRICS } from "../bench/lib/stats.mjs";
import { MODELS } from "../bench/models.mjs";
import { folder, writeBrowser, writeCriterion } from "./results.mjs";

/** @param {...string} args */
function check(...args) {
  const script = join(root, "scripts", "check-benchmark-regression.sh");
  const { status, stdout, stderr } = spawnSync(script, args, {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

const THRESHOLDS = {
  thresholds: {
    cpu_matmul: { gemm: { max_time_us: 300, description: "Small" }, lm_head: { max_time_ms: 8, description: "Big" } },
    runtime_attention: { dot: { max_time_ns: 100, description: "Tiny" } },
  },
  browser: {
    thresholds: {
      browser_model: {
        "simd/decode64": { min_tokens_per_second: 20, description: "Rate" },
        "simd/load": { max_time_ms: 500, description: "Load" },
      },
    },
  },
};

/**
 * A folder with a file of thresholds and another of results.
 * @param {import("node:test").TestContext} t
 * @param {Record<string, number>} times
 * @param {{ thresholds?: unknown, browser?: object[] }} [more]
 */
function prepared(t, times, { thresholds = THRESHOLDS, browser } = {}) {
  const at = folder(t);
  const [file, results] = [join(at, "baselines.json"), join(at, "results")];
  writeFileSync(file, typeof thresholds === "string" ? thresholds : JSON.stringify(thresholds));
  mkdirSync(results);
  for (const [id, ns] of Object.entries(times)) writeCriterion(results, id, ns);
  if (browser) writeBrowser(results, browser);
  return { file, results, at };
}

const GREEN = { "cpu_matmul/gemm": 100_000, "cpu_matmul/lm_head": 4e6, "runtime_attention/dot": 50 };

test("results well under their limits are green, whatever the unit", (t) => {
  const { file, results } = prepared(t, GREEN);
  const { status, stdout } = check(file, results);
  assert.equal(status, 0);
  assert.match(stdout, /✓ {2}cpu_matmul +gemm +100 µs +300 µs +33\.3%/);
  assert.match(stdout, /✓ {2}cpu_matmul +lm_head +4 ms +8 ms +50\.0%/);
  assert.match(stdout, /✓ {2}runtime_attention +dot +50 ns +100 ns +50\.0%/);
  assert.match(stdout, /All 3 are well under/);
});

test("from 80% of its limit on a result is a warning that fails nothing", (t) => {
  const { file, results } = prepared(t, { ...GREEN, "cpu_matmul/gemm": 240_000, "cpu_matmul/lm_head": 8e6 });
  const { status, stdout } = check(file, results);
  assert.equal(status, 0);
  assert.match(stdout, /! {2}cpu_matmul +gemm +240 µs +300 µs +80\.0%/);
  assert.match(stdout, /! {2}cpu_matmul +lm_head +8 ms +8 ms +100\.0%/);
  assert.match(stdout, /2 near the limit/);
});

test("a result above its limit fails", (t) => {
  const { file, results } = prepared(t, { ...GREEN, "cpu_matmul/lm_head": 8.01e6 });
  const { status, stdout } = check(file, results);
  assert.equal(status, 1);
  assert.match(stdout, /✗ {2}cpu_matmul +lm_head +8\.01 ms +8 ms +100\.1%/);
  assert.match(stdout, /1 above the limit, 0 without a result/);
});

test("a threshold that nothing was measured for fails", (t) => {
  const { "cpu_matmul/gemm": _, ...times } = GREEN;
  const { file, results } = prepared(t, times);
  const { status, stdout } = check(file, results);
  assert.equal(status, 1);
  assert.match(stdout, /✗ {2}cpu_matmul +gemm +no result +300 µs +–/);
  assert.match(stdout, /0 above the limit, 1 without a result/);
  const empty = prepared(t, {});
  assert.equal(check(empty.file, empty.results).status, 1, "no results at all");
});

test("a result without a threshold is listed", (t) => {
  const { file, results } = prepared(t, { ...GREEN, "cpu_matmul/new_one": 1234 });
  const { status, stdout } = check(file, results);
  assert.equal(status, 0);
  assert.match(stdout, /Without a threshold:\n +cpu_matmul\/new_one +1\.23 µs/);
});

test("a benchmark is found by its name in whatever group, if there is one alone", (t) => {
  const { "cpu_matmul/gemm": gemm, ...times } = GREEN;
  const elsewhere = prepared(t, { ...times, "matmul/gemm": gemm });
  assert.equal(check(elsewhere.file, elsewhere.results).status, 0);
  const twice = prepared(t, { ...times, "matmul/gemm": gemm, "other/gemm": gemm });
  const { status, stderr } = check(twice.file, twice.results);
  assert.equal(status, 2);
  assert.match(stderr, /cpu_matmul\.gemm fits several results: matmul\/gemm, other\/gemm/);
});

test("the browser's thresholds are wanted once there are results of the browser, or when asked for", (t) => {
  const rate = { id: "browser_model/simd/decode64", value: 40, unit: "tok/s", spread: 0.01 };
  const load = { id: "browser_model/simd/load", value: 0.3, unit: "ms" };
  const without = prepared(t, GREEN);
  const left = check(without.file, without.results);
  assert.equal(left.status, 0);
  assert.match(left.stdout, /Left out: 2 thresholds of the browser/);
  const asked = check(without.file, without.results, "--browser");
  assert.equal(asked.status, 1);
  assert.match(asked.stdout, /0 above the limit, 2 without a result/);

  const good = prepared(t, GREEN, { browser: [rate, load] });
  const { status, stdout } = check(good.file, good.results);
  assert.equal(status, 0);
  assert.match(stdout, /✓ {2}browser_model +simd\/decode64 +40 tok\/s +20 tok\/s +50\.0%/);
  const slow = prepared(t, GREEN, { browser: [{ ...rate, value: 19 }, load] });
  assert.match(
    check(slow.file, slow.results).stdout,
    /✗ {2}browser_model +simd\/decode64 +19 tok\/s +20 tok\/s +105\.3%/,
  );
  const half = prepared(t, GREEN, { browser: [load] });
  assert.match(check(half.file, half.results).stdout, /✗ {2}browser_model +simd\/decode64 +no result/);
});

test("bad input is told apart from a failure, and says where it is", (t) => {
  const wrong = (entry) => ({ thresholds: { cpu_matmul: { gemm: entry } } });
  /** @type {[unknown, RegExp][]} */
  const refused = [
    ["{", /baselines\.json is not JSON/],
    [{}, /has no object "thresholds"/],
    [{ thresholds: {} }, /no thresholds: it would let everything pass/],
    [{ thresholds: { cpu_matmul: 3 } }, /"cpu_matmul" is not an object/],
    [{ ...THRESHOLDS, browser: {} }, /"browser" has no object "thresholds"/],
    [wrong(3), /cpu_matmul\.gemm is not an object/],
    [wrong({ description: "" }), /has no limit/],
    [wrong({ max_time_ns: 1, max_time_us: 1 }), /has several limits/],
    [wrong({ max_time_s: 1 }), /has "max_time_s"; a limit is one of max_time_ns/],
    [wrong({ max_time_us: "300" }), /max_time_us is "300"; it must be a number above 0/],
    [wrong({ max_time_us: 0 }), /must be a number above 0/],
    [wrong({ max_time_us: 1, description: 7 }), /description is not a text/],
    [wrong({ min_tokens_per_second: 1 }), /limits a rate, and the result is a time/],
  ];
  for (const [thresholds, message] of refused) {
    const { file, results } = prepared(t, GREEN, { thresholds });
    const { status, stderr } = check(file, results);
    assert.equal(status, 2, String(message));
    assert.match(stderr, message);
  }

  const { file, results, at } = prepared(t, GREEN);
  assert.match(check(join(at, "none.json"), results).stderr, /none\.json cannot be read: there is no such file/);
  assert.match(check(file, join(at, "none")).stderr, /There is no folder .*none of results/);
  assert.match(check(file, results, "more").stderr, /more than two arguments/);
  assert.equal(check(file, results, "--fast").status, 2);

  const estimates = join(results, "cpu_matmul", "gemm", "new", "estimates.json");
  for (const [text, message] of /** @type {const} */ ([
    ["{", /estimates\.json is not JSON/],
    ["{}", /no "median"/],
    ['{"median": {"point_estimate": "fast"}}', /no "median"/],
    ['{"median": {"point_estimate": 0}}', /no "median"/],
  ])) {
    writeFileSync(estimates, text);
    const { status, stderr } = check(file, results);
    assert.deepEqual([status, message.test(stderr)], [2, true], stderr);
  }
});

test("a browser's result in a unit that nobody knows is bad input", (t) => {
  for (const [result, message] of /** @type {const} */ ([
    [{ id: "a", value: 1, unit: "fortnight" }, /\(a\) has the unit "fortnight"; there are ns, us, ms, tok\/s/],
    [{ id: "a", value: 1, unit: "toString" }, /has the unit/],
    [{ id: "a", value: null, unit: "ms" }, /\(a\) has the value null/],
    [{ value: 1, unit: "ms" }, /result 1 has no "id"/],
    [{ id: "cpu_matmul/gemm", value: 1, unit: "ms" }, /two results called cpu_matmul\/gemm/],
  ])) {
    const { file, results } = prepared(t, GREEN, { browser: [result] });
    const { status, stderr } = check(file, results);
    assert.deepEqual([status, message.test(stderr)], [2, true], stderr);
  }
  const { file, results } = prepared(t, GREEN);
  writeFileSync(join(results, "b.bench.json"), '{"format": "another"}');
  assert.match(check(file, results).stderr, /not of the format "chord-bench-1"/);
});

test("the table is written for a pull request, too", (t) => {
  const { file, results, at } = prepared(t, { ...GREEN, "cpu_matmul/lm_head": 9e6, "cpu_matmul/other": 5 });
  const path = join(at, "table.md");
  assert.equal(check(file, results, "--markdown", path).status, 1);
  const text = readFileSync(path, "utf8");
  assert.match(text, /^\| {2}\| section \| benchmark \| time \| limit \| of limit \|\n\| --- /);
  assert.match(text, /\| 🔴 \| cpu_matmul \| lm_head \| 9 ms \| 8 ms \| 112\.5% \|/);
  assert.match(text, /1 results without a threshold/);
});

test("the colours change where the documentation says", () => {
  assert.deepEqual([0, 0.799, 0.8, 1, 1.0001].map(colourOf), ["green", "green", "yellow", "yellow", "red"]);
});

test("figures have three digits", () => {
  assert.deepEqual(
    [2.8162, 999.4, 1000, 123_456, 1e6, 8e9].map((value) => format(value, "time")),
    ["2.82 ns", "999 ns", "1 µs", "123 µs", "1 ms", "8 s"],
  );
  assert.equal(format(31.4159, "rate"), "31.4 tok/s");
  assert.deepEqual(
    [666_295, 2_374_327].map((value) => format(value, "size")),
    ["666 kB", "2.37 MB"],
  );
});

test("the project's own thresholds are the fourteen it was founded on, and more for the browser", () => {
  const { native } = readThresholds(baselines);
  const limits = Object.fromEntries(native.map(({ section, name, limit }) => [`${section}/${name}`, limit]));
  assert.deepEqual(limits, {
    "cpu_matmul/gemm_128x128x128": 300e3,
    "cpu_matmul/gemm_512x512x512": 100e6,
    "cpu_matmul/transformer_qkv_projection": 1500e3,
    "cpu_matmul/transformer_lm_head": 8e6,
    "cpu_matmul/transposed_matmul_1x2048x2048": 1000e3,
    "runtime_attention/attention_seq_1": 50e3,
    "runtime_attention/attention_seq_64": 5e6,
    "runtime_attention/attention_seq_128": 15e6,
    "runtime_attention/attention_seq_256": 50e6,
    "runtime_attention/gqa_32_to_1": 5e6,
    "runtime_attention/dot_product_64": 100,
    "integration/gguf_parsing": 100e3,
    "integration/forward_pass_tiny": 1000e3,
    "integration/sampling": 50e3,
  });
  assert.ok(native.every(({ description }) => description.length > 10));
});

test("every threshold of the project is about a benchmark that exists", () => {
  const sources = ["cpu/benches/gemm.rs", "runtime/benches/attention.rs", "runtime/benches/integration.rs"]
    .map((path) => join(root, "wasm", path))
    .filter(existsSync)
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const named = (name) => sources.includes(`"${name}"`) || sources.includes(`"${name.replace(/\d+$/, "{n}")}"`);
  for (const { name } of readThresholds(baselines).native) assert.ok(named(name), name);
});

test("every threshold of the browser is about something that its benchmarks measure", () => {
  const kernels = readFileSync(join(root, "tests", "wasm", "benches", "kernels.rs"), "utf8");
  const measured = new Set(["message_round_trip"]);
  const variants = ["simd", "threads-1", "threads-2"];
  for (const model of MODELS)
    for (const variant of variants)
      for (const metric of METRICS)
        measured.add(`${model.shape}-${model.type}/${variant}/${metric.replace(/_ms$/, "")}`);
  const sizes = new Set(wasmBuilds.flatMap(({ name }) => ["raw", "gzip", "brotli"].map((each) => `${name}/${each}`)));
  for (const { section, name } of readThresholds(baselines).browser) {
    if (section === "browser_model") assert.ok(measured.delete(name), name);
    else if (section === "engine_size") assert.ok(sizes.has(name), name);
    else {
      const [, build, kernel = ""] = /^(simd|threads)\/(.+)$/.exec(name) ?? [];
      const typed = kernel.replace(/_(f16|q\d_[0k])_/, "_{name}_");
      assert.ok(build && (kernels.includes(`"${kernel}"`) || kernels.includes(`"${typed}"`)), name);
    }
  }
  assert.deepEqual(
    [...measured].filter((name) => !name.endsWith("/peak_mb")),
    [],
    "and all that it measures has one",
  );
});

test("a limit in an object's own machinery is unknown, too", () => {
  const json = { thresholds: { a: { b: { constructor: 1 } } } };
  assert.throws(() => parseThresholds(json, "x.json"), /has "constructor"; a limit is one of/);
});
