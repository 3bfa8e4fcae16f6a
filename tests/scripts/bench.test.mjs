import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { median, spread } from "../../scripts/lib/stats.mjs";
import { options } from "../bench/lib/args.mjs";
import { llamaBench } from "../bench/lib/llama-bench.mjs";
import { people } from "../bench/lib/output.mjs";
import { perToken } from "../bench/lib/profile.mjs";
import { calibrate, text, words } from "../bench/lib/prompts.mjs";
import { interleave } from "../bench/lib/rounds.mjs";
import { ratios, report } from "../bench/lib/stats.mjs";

test("medians and spreads", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), null);
  assert.equal(spread([10, 10, 10]), 0);
  assert.equal(spread([8, 10, 12]), 0.1);
  assert.equal(spread([]), null);
});

test("ratios are taken round by round; more than 1 is better for times, memory and rates alike", () => {
  // The machine was twice as slow in the second round, for both.
  const ours = [
    { decode64: 40, load_ms: 100, peak_mb: 300 },
    { decode64: 20, load_ms: 200, peak_mb: 300 },
  ];
  const theirs = [
    { decode64: 10, load_ms: 400, peak_mb: 450 },
    { decode64: 5, load_ms: 800, peak_mb: 450 },
  ];
  const each = ratios({ engine: "a", threads: 1, samples: ours }, { engine: "b", threads: 1, samples: theirs });
  assert.deepEqual([each.decode64, each.load_ms, each.peak_mb, each.prefill128], [4, 4, 1.5, null]);
  const failed = { engine: "b", threads: 1, samples: [undefined, theirs[1]] };
  assert.equal(ratios({ engine: "a", threads: 1, samples: ours }, failed).decode64, 4, "a failed round has no ratio");
});

test("a profile is per token, and what no op accounts for is shown", () => {
  const ops = [
    { op: "norm", calls: 40, ms: 2, bytes: 0 },
    { op: "matmul", weights: "Q4_0", calls: 20, ms: 6, bytes: 60e6 },
  ];
  const phase = perToken("decode", 2, ops, 2, 10);
  assert.equal(phase.ms_per_token, 5);
  const rest = {
    op: "sampling, event loop",
    weights: null,
    ms_per_token: 1,
    share: 0.2,
    calls_per_token: 0,
    gb_s: null,
  };
  assert.deepEqual(phase.ops, [
    { op: "matmul", weights: "Q4_0", ms_per_token: 3, share: 0.6, calls_per_token: 10, gb_s: 10 },
    { op: "norm", weights: null, ms_per_token: 1, share: 0.2, calls_per_token: 20, gb_s: null },
    rest,
  ]);
  assert.equal(perToken("prefill", 2, ops, 2, 10).ops[0]?.gb_s, null, "a prompt's weights are not read once a token");
  const text = people({ model: "m.gguf", rows: [], ratios: {}, profile: [phase] });
  assert.match(text, /decode of 2 tokens with 2 thread.*5\.000 ms.*matmul +Q4_0 +3\.000 +60\.0 %/s);
});

test("every engine has its turn in every round, and one that fails costs the others nothing", async () => {
  const turns = [];
  const contestant = (engine) => ({
    engine,
    async measure(threads) {
      turns.push(`${engine}${threads}`);
      if (engine === "b" && threads === 2) throw new Error("no memory\nat a line");
      return { build: engine, decode64: threads * (engine === "a" ? 30 : 10) };
    },
  });
  const series = await interleave([contestant("a"), contestant("b")], [1, 2], 2);
  assert.deepEqual(turns, ["a1", "a2", "b1", "b2", "a1", "a2", "b1", "b2"]);
  const result = report("m.gguf", series);
  assert.equal(result.model, "m.gguf");
  assert.deepEqual(
    result.rows.map(({ engine, build, threads, decode64, rounds }) => [engine, build, threads, decode64, rounds]),
    [
      ["a", "a", 1, 30, 2],
      ["a", "a", 2, 60, 2],
      ["b", "b", 1, 10, 2],
      ["b", null, 2, null, 0],
    ],
  );
  assert.equal(result.rows[0]?.spread.decode64, 0);
  assert.equal(result.rows[3]?.error, "no memory");
  assert.equal(result.ratios.b[1].decode64, 3);
  assert.equal(result.ratios.b[2].decode64, null);
  assert.equal(result.ratios.a, undefined, "none to itself");
  assert.match(people(result), /^m\.gguf\n.*\ba {2}.*60 ±0\.0%.*times better than.*\bb {2}/s);
});

test("texts have as many tokens as asked for, and begin unlike each other", async () => {
  await calibrate(async (prompt) => 1 + prompt.split(" ").length - 1); // a token a word, and one before all
  assert.equal(text(128).match(/ \w+/g)?.length, 128);
  await calibrate(async (prompt) => prompt.length); // a token a character
  const length = text(512).length;
  assert.ok(length > 400 && length < 640, String(length));
  const beginnings = Array.from({ length: 50 }, () => words(3));
  assert.equal(new Set(beginnings).size, beginnings.length);
});

test("a command line is checked before anything starts", () => {
  const model = process.execPath; // any file
  const parse = (...argv) => options(argv, {}, "how to");
  assert.deepEqual(parse("--model", model, "--threads", "1,2").threads, [1, 2]);
  assert.deepEqual([parse("--model", model).rounds, parse("--model", model).json], [3, false]);
  /** @type {[string[], RegExp][]} */
  const refused = [
    [[], /--model FILE is missing.\nhow to/],
    [["--model", "/nonexistent"], /There is no file/],
    [["--model", model, "--threads", "0"], /--threads takes whole numbers/],
    [["--model", model, "--threads", "1,x"], /--threads/],
    [["--model", model, "--rounds", "1.5"], /--rounds/],
    [["--model", model, "--fast"], /--fast/],
  ];
  for (const [argv, what] of refused) assert.throws(() => parse(...argv), what);
});

/** A stand-in for llama-bench: prints a row for each test it is asked for, as the real one does with `-o json`. */
const STAND_IN = `#!${process.execPath}
const at = (name, or) => { const i = process.argv.indexOf(name); return i < 0 ? or : process.argv[i + 1]; };
const lists = (name, or) => at(name, or).split(",").map(Number);
if (at("-m") === "broken.gguf") { console.error("loading\\nerror: failed to load model"); process.exit(1); }
const rows = [];
for (const n_depth of lists("-d", "0")) {
  for (const n_prompt of lists("-p", "512")) if (n_prompt) rows.push({ n_prompt, n_gen: 0, n_depth, avg_ts: n_prompt + n_depth });
  for (const n_gen of lists("-n", "128")) if (n_gen) rows.push({ n_prompt: 0, n_gen, n_depth, avg_ts: n_gen / (1 + n_depth) });
}
console.log(JSON.stringify(rows.map((row) => ({ build_commit: "abc", build_number: 7, n_threads: +at("-t"), ...row }))));
`;

test("llama-bench is asked for the same tests, and its rates are taken", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "chord-bench-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "llama-bench");
  writeFileSync(program, STAND_IN, { mode: 0o755 });
  const { peak_mb: _, ...sample } = await llamaBench(program, "model.gguf").measure(2);
  assert.deepEqual(sample, {
    build: "abc (7)",
    load_ms: null,
    first_token_ms: null,
    prefill128: 128,
    prefill512: 512,
    decode64: 64,
    decode64_ctx1024: 64 / 1025,
  });
  await assert.rejects(llamaBench(program, "broken.gguf").measure(1), /ended with 1: error: failed to load model/);
  await assert.rejects(llamaBench(join(folder, "none"), "model.gguf").measure(1), /cannot be run/);
});
