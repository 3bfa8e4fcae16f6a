import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { executable } from "../../scripts/bench/binaries.mjs";
import { changeOf, mulberry32, ratioOf } from "../../scripts/bench/bootstrap.mjs";
import { rules } from "../../scripts/bench/compare.mjs";
import { markdown, suggestions, terminal } from "../../scripts/bench/comparison.mjs";
import { fight } from "../../scripts/bench/duel.mjs";
import { page } from "../../scripts/bench/pr-check.mjs";
import { roundUp, suggestLimit } from "../../scripts/bench/suggest-limit.mjs";
import { root } from "../../scripts/lib/paths.mjs";

const RULES = { rounds: 16, tolerance: 0.1, confidence: 0.99 };

/**
 * A machine that does other work, too: a third of all measurements takes up to twice as long.
 * @param {number} seed
 * @param {Record<string, number>} times  of the base, by benchmark
 * @param {Record<string, number>} [factors]  how many times as long this tree takes
 */
function machine(seed, times, factors = {}) {
  const random = mulberry32(seed);
  return async (side, id) => {
    const disturbed = random() < 0.33 ? 1 + random() : 1 + random() * 0.02;
    return (times[id] ?? 0) * (side === "head" ? (factors[id] ?? 1) : 1) * disturbed;
  };
}

test("twenty comparisons of a tree with itself on a busy machine find nothing", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const duels = await fight(["a", "b", "c"], RULES, machine(seed, { a: 100, b: 5000, c: 3e6 }));
    assert.deepEqual(
      duels.map(({ change }) => change),
      ["same", "same", "same"],
      `seed ${seed}`,
    );
  }
});

test("a slow-down of 15% is found on a busy machine, and only where it is", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const measure = machine(seed, { a: 100, b: 5000, c: 3e6 }, { b: 1.15, c: 0.8 });
    const duels = await fight(["a", "b", "c"], RULES, measure);
    assert.deepEqual(
      duels.map(({ id, change, again }) => [id, change, again]),
      [
        ["a", "same", false],
        ["b", "slower", true],
        ["c", "faster", true],
      ],
      `seed ${seed}`,
    );
    const [, b] = duels;
    assert.ok(b && b.ratio.low < 1.15 && b.ratio.high > 1.15 && b.ratio.low > 1.1, JSON.stringify(b?.ratio));
  }
});

test("what seemed slower once is measured again, twice as long, and only that counts", async () => {
  const turns = [];
  let calls = 0;
  const measure = async (side, id) => {
    turns.push(`${side} ${id}`);
    calls += 1;
    const unlucky = id === "b" && side === "head" && calls <= 2 * 2 * RULES.rounds;
    return unlucky ? 150 : 100;
  };
  const duels = await fight(["a", "b"], RULES, measure);
  assert.deepEqual(
    duels.map(({ id, change, again, head }) => [id, change, again, head.length]),
    [
      ["a", "same", false, 16],
      ["b", "same", true, 32],
    ],
  );
  assert.deepEqual(turns.slice(0, 4), ["head a", "base a", "base b", "head b"], "one side is not always the first");
  assert.deepEqual(turns.slice(4, 8), ["base a", "head a", "head b", "base b"]);
});

test("a change is more than the tolerance, and surely one", () => {
  /** @type {[number, number, number, string][]} */
  const cases = [
    [1.12, 1.05, 1.2, "slower"],
    [1.12, 0.99, 1.3, "same"],
    [1.08, 1.05, 1.1, "same"],
    [0.85, 0.8, 0.9, "faster"],
    [0.85, 0.7, 1.01, "same"],
    [0.95, 0.94, 0.96, "same"],
  ];
  for (const [ratio, low, high, change] of cases) assert.equal(changeOf({ ratio, low, high }, 0.1), change);
});

test("an interval is narrow where rounds agree, wide where they do not, and always the same", () => {
  const steady = ratioOf([11, 11, 11, 11], [10, 10, 10, 10], 0.99);
  assert.deepEqual(steady, { ratio: 1.1, low: 1.1, high: 1.1 });
  const ours = [10, 14, 11, 19, 10, 12, 15, 11];
  const wild = ratioOf(ours, [...ours].reverse(), 0.99);
  assert.ok(wild.low < 1 && wild.high > 1, JSON.stringify(wild));
  assert.deepEqual(ratioOf(ours, [...ours].reverse(), 0.99), wild);
});

const DUELS = [
  { id: "s/a", ratio: { ratio: 1.2, low: 1.1, high: 1.3 }, change: "slower", again: true, head: [1200], base: [1000] },
  { id: "s/b", ratio: { ratio: 0.5, low: 0.4, high: 0.6 }, change: "faster", again: false, head: [2e6], base: [4e6] },
  { id: "s/c", ratio: { ratio: 1, low: 0.99, high: 1.01 }, change: "same", again: false, head: [10], base: [10] },
].map((duel) => /** @type {import("../../scripts/bench/duel.mjs").Duel} */ (duel));
const COMPARISON = { duels: DUELS, added: ["s/new"], removed: ["s/old"] };
const threshold = (limit) => ({ section: "s", name: "b", limit, kind: /** @type {const} */ ("time"), description: "" });

test("improvements are announced with the threshold that they allow", () => {
  const [lower] = suggestions(DUELS, [threshold(10e6)]);
  assert.match(
    lower ?? "",
    /s\/b takes −50\.0%\. Its threshold may come down from 10 ms: twice the typical 2 ms is 4 ms/,
  );
  assert.match(suggestions(DUELS, [threshold(4e6)])[0] ?? "", /as low as it should be/);
  assert.match(suggestions(DUELS, [])[0] ?? "", /It has no threshold; twice the typical 2 ms is 4 ms/);
});

test("the tables have the worst first, and what one side alone has", () => {
  const text = terminal(COMPARISON, []);
  assert.match(text, /✗ {2}s\/a +1 µs +1\.2 µs +\+20\.0% +\+10\.0% … \+30\.0% +measured twice\n +s\/c/);
  assert.match(text, /New: s\/new\nGone: s\/old/);
  const page = markdown(COMPARISON, [], RULES);
  assert.match(page, /\| 🔴 \| s\/a \| 1 µs \| 1\.2 µs \| \+20\.0% \| \+10\.0% … \+30\.0% \| measured twice \|/);
  assert.match(page, /🚀 \| s\/b/);
  assert.match(page, /1 without a change.*s\/c/s);
  assert.match(page, /🔴 more than 10% slower, and the 99% interval/);
});

test("a pull request's comment says the verdict first, and can be found again", () => {
  const limits = { verdicts: [], others: [], colour: /** @type {const} */ ("yellow") };
  const text = page(limits, { ...COMPARISON, commit: "0123456789abcdef" }, [], RULES);
  assert.match(text, /^<!-- chord-benchmarks -->\n## Benchmarks\n\n🟡 Some .* thresholds; 🔴 1 slower than the base\./);
  assert.match(text, /Against 0123456789ab, in turn/);
  const workflow = readFileSync(join(root, ".github", "workflows", "pr-benchmark.yml"), "utf8");
  assert.ok(workflow.includes(text.split("\n")[0] ?? "?"), "the workflow looks for the same words");
});

test("limits are round, and never below twice the typical", () => {
  assert.deepEqual([101, 120, 121, 249, 251, 799, 801, 1000].map(roundUp), [120, 120, 150, 250, 300, 800, 1000, 1000]);
  assert.equal(suggestLimit(130, "time"), 300);
  assert.equal(suggestLimit(2.8, "time"), 6);
  assert.equal(suggestLimit(40, "rate"), 20);
  assert.equal(suggestLimit(666e3, "size"), 1e6);
});

test("cargo's messages tell where a benchmark's program is", () => {
  const line = (name, kind, path) =>
    JSON.stringify({ reason: "compiler-artifact", target: { name, kind: [kind] }, executable: path });
  const text = ["Compiling", line("gemm", "lib", null), line("other", "bench", "/o"), line("gemm", "bench", "/g")];
  assert.equal(executable(text.join("\n"), "gemm"), "/g");
  assert.throws(() => executable("", "gemm"), /built no benchmark "gemm"/);
});

test("options are checked before anything is built", () => {
  assert.deepEqual({ ...rules({}), filter: "" }, { ...RULES, filter: "" });
  assert.equal(rules({ tolerance: "5" }).tolerance, 0.05);
  assert.throws(() => rules({ rounds: "2" }), /--rounds takes a number from 3/);
  assert.throws(() => rules({ confidence: "x" }), /--confidence/);
  assert.throws(() => rules({ filter: "(" }), /--filter is no regular expression/);
});
