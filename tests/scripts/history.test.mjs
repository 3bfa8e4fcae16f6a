import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { changePoints } from "../../scripts/bench/change-points.mjs";
import { difference, kernelRows, peerTable } from "../../scripts/bench/dashboard/tables.mjs";
import { machine, readHistory } from "../../scripts/bench/history.mjs";
import { peerResults } from "../../scripts/bench/peers.mjs";
import { machineOf, proposal } from "../../scripts/bench/suggest.mjs";
import { history, root } from "../../scripts/lib/paths.mjs";
import { kernelResults } from "../bench/kernels.mjs";
import { folder, writeBrowser, writeCriterion } from "./results.mjs";

/** @param {string} script @param {...string} args */
function command(script, ...args) {
  const path = join(root, "scripts", "bench", `${script}.mjs`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("a run is recorded with its commit, its machine and all figures, and read again", (t) => {
  const at = folder(t);
  const [results, path] = [join(at, "results"), join(at, "history.jsonl")];
  writeCriterion(results, "cpu_matmul/gemm", 123_456.78);
  writeBrowser(results, [{ id: "browser_kernels/simd/gemm", value: 2, unit: "ms", spread: 0.01234567 }]);
  const peers = join(at, "peers.json");
  const row = {
    engine: "wllama-2.3.1",
    threads: 2,
    decode64: 20,
    prefill128: null,
    load_ms: 300,
    spread: { decode64: 0.1 },
  };
  writeFileSync(peers, JSON.stringify({ model: "small.gguf", rows: [row] }));
  for (let i = 0; i < 2; i += 1)
    assert.equal(command("record", results, "--history", path, "--peers", peers).status, 0);

  const runs = readHistory(path);
  assert.equal(runs.length, 2);
  assert.deepEqual(runs[0]?.results, {
    "browser_kernels/simd/gemm": { value: 2e6, kind: "time", spread: 0.0123 },
    "cpu_matmul/gemm": { value: 123_500, kind: "time", spread: 0.02 },
    "peers/small/wllama-2.3.1/2/decode64": { value: 20, kind: "rate", spread: 0.1 },
    "peers/small/wllama-2.3.1/2/load": { value: 300e6, kind: "time", spread: null },
  });
  assert.match(runs[0]?.commit ?? "", /^[0-9a-f]{40}$/);
  assert.deepEqual(runs[0]?.machine, machine());
  assert.match(runs[0]?.date ?? "", /^\d{4}-\d\d-\d\dT/);
});

test("what cannot be recorded or read is said", (t) => {
  const at = folder(t);
  const path = join(at, "history.jsonl");
  assert.match(command("record", at, "--history", path).stderr, /nothing to record/);
  assert.match(command("suggest", "--history", path).stderr, /No run is recorded/);
  writeFileSync(path, '{"commit": "a"}\n');
  const { status, stderr } = command("suggest", "--history", path);
  assert.deepEqual([status, /line 1, is not a recorded run/.test(stderr)], [2, true]);
  assert.throws(() => peerResults({ rows: [] }, "x.json"), /x\.json is not what/);
});

test("the project's own history can be read", () => {
  for (const { results } of readHistory(history)) assert.ok(Object.keys(results).length > 28);
});

test("a threshold is a multiple of the median, or more where runs differ much", () => {
  const steady = proposal([100, 101, 99, 100, 102, 100], "time");
  assert.equal(steady.limit, 200);
  assert.match(steady.why, /^6 runs: median 100 ns, 95% under 102 ns; twice the median is 200 ns/);
  const wild = proposal([100, 100, 100, 100, 240, 250], "time");
  assert.ok(wild.limit >= 250 / 0.8 && wild.limit <= 400, String(wild.limit));
  assert.match(wild.why, /would turn some yellow/);
  const rates = proposal([40, 41, 39, 40, 40], "rate");
  assert.equal(rates.limit, 20);
  assert.match(rates.why, /95% over 39\.2 tok\/s; half of the median is 20 tok\/s/);
  assert.ok(proposal([40, 40, 40, 12, 11], "rate").limit < 11 * 0.85);
  const sizes = proposal([600e3, 600e3, 601e3], "size");
  assert.equal(sizes.limit, 800e3);
  assert.match(sizes.why, /95% under 601 kB; 1\.3 times the median is 780 kB/);
});

test("suggestions are made from one machine's runs, and each is explained", (t) => {
  const at = folder(t);
  const path = join(at, "history.jsonl");
  const run = (id, ns) => ({
    commit: "c".repeat(40),
    subject: "",
    changed: false,
    date: "2026-01-01T00:00:00Z",
    machine: { id, cpu: "", cores: 1, memory_gb: 1, system: "" },
    results: {
      "cpu_matmul/transformer_lm_head": { value: ns, kind: "time", spread: null },
      "x/new": { value: 10, kind: "time", spread: null },
    },
  });
  const runs = [...[2.8e6, 2.9e6, 2.7e6, 2.8e6, 2.8e6].map((ns) => run("aaaa", ns)), run("bbbb", 9e6)];
  writeFileSync(path, runs.map((each) => `${JSON.stringify(each)}\n`).join(""));
  const { status, stdout } = command("suggest", "--history", path);
  assert.equal(status, 0);
  assert.match(
    stdout,
    /transformer_lm_head: 6 ms \(now 8 ms\)\. 5 runs: median 2\.8 ms, .*twice the median is 5\.6 ms/,
  );
  assert.match(stdout, /gemm_128x128x128: never measured/);
  assert.doesNotMatch(stdout, /x\/new/);
  assert.match(command("suggest", "--history", path, "--all").stdout, /x\/new: 20 ns \(has none\)/);
  assert.match(command("suggest", "--history", path, "--machine", "bbbb").stdout, /\(now 8 ms\)\. 1 runs: .*few: wait/);
  const parsed = /** @type {import("../../scripts/bench/history.mjs").Run[]} */ (/** @type {unknown} */ (runs));
  assert.equal(machineOf(parsed, undefined, "bbbb"), "bbbb", "this machine, where it has runs");
  assert.throws(() => machineOf(parsed, "cccc"), /No run was recorded on cccc; there are aaaa, bbbb/);
});

test("a change of level is found, an outlier is none, and neither is noise", () => {
  const noise = Array.from({ length: 30 }, (_, i) => 100 + ((i * 7) % 11));
  assert.deepEqual(changePoints(noise), []);
  assert.deepEqual(changePoints([]), []);
  assert.deepEqual(changePoints(noise.map((value, i) => (i === 12 ? value * 3 : value))), []);
  const [change, ...more] = changePoints(noise.map((value, i) => (i < 17 ? value : value * 1.3)));
  assert.deepEqual([change?.at, more], [17, []]);
  assert.ok(change && Math.abs(change.ratio - 1.3) < 0.05);
  const two = changePoints(noise.map((value, i) => (i < 10 ? value : i < 20 ? value * 0.6 : value * 1.5)));
  assert.deepEqual(
    two.map(({ at }) => at),
    [10, 20],
  );
});

test("tables of the dashboard", () => {
  const time = (value) => ({ value, kind: /** @type {const} */ ("time"), spread: null });
  assert.deepEqual(difference("a", time(100), time(150)), [
    ["a", "100 ns", "150 ns", { text: "+50.0%", className: "bad" }],
  ]);
  const rate = (value) => ({ value, kind: /** @type {const} */ ("rate"), spread: null });
  assert.deepEqual(difference("a", rate(20), rate(30))?.[0]?.[3], { text: "+50.0%", className: "good" });
  assert.deepEqual(difference("a", time(100), time(101))?.[0]?.[3], { text: "+1.0%", className: "" });
  assert.deepEqual(difference("a", undefined, time(1)), [["a", "–", "1 ns", "new"]]);
  assert.equal(difference("a", undefined, undefined), null);
  const runs = /** @type {import("../../scripts/bench/history.mjs").Run[]} */ (
    /** @type {unknown} */ ([
      { results: { "cpu_matmul/g": time(100), "browser_kernels/simd/g": time(300) } },
      { results: { "browser_kernels/threads/g": time(150), "browser_kernels/simd/g": time(250) } },
      { results: { "peers/m/wllama/2/load": time(300), "peers/m/chord/2/load": time(100) } },
    ])
  );
  assert.deepEqual(kernelRows(runs), [["g", "100 ns", "250 ns (2.50)", "150 ns (1.50)"]]);
  assert.deepEqual(peerTable(runs), {
    head: ["", "chord", "wllama"],
    rows: [["m, load, threads: 2", "100 ns", { text: "300 ns (3.00)", className: "good" }]],
  });
});

test("what the browser's runner dumps becomes results", () => {
  const estimates = { median: { point_estimate: 5e6 }, median_abs_dev: { point_estimate: 1e5 } };
  assert.deepEqual(kernelResults({ gemm: { estimates } }, "simd"), [
    { id: "browser_kernels/simd/gemm", value: 5e6, unit: "ns", spread: 0.02 },
  ]);
  assert.throws(() => kernelResults({ gemm: { estimates: {} } }, "simd"), /gemm has no median/);
});

test("the changelog of thresholds is in git: the file has a date", () => {
  const { updated } = JSON.parse(readFileSync(join(root, ".github", "benchmark-baselines.json"), "utf8"));
  assert.match(updated, /^\d{4}-\d\d-\d\d$/);
});
