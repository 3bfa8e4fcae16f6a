// Folders of results as benchmarks leave them, for tests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An empty folder that goes with the test. @param {import("node:test").TestContext} t */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "chord bench "));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** What Criterion 0.8 writes of one benchmark. @param {string} at @param {string} id @param {number} ns */
export function writeCriterion(at, id, ns) {
  const path = join(at, id, "new");
  mkdirSync(path, { recursive: true });
  const estimate = (point_estimate) => ({
    confidence_interval: { confidence_level: 0.95, lower_bound: point_estimate, upper_bound: point_estimate },
    point_estimate,
    standard_error: 0,
  });
  const estimates = { mean: estimate(ns * 1.1), median: estimate(ns), median_abs_dev: estimate(ns / 50), slope: null };
  writeFileSync(join(path, "estimates.json"), JSON.stringify(estimates));
  writeFileSync(join(path, "benchmark.json"), JSON.stringify({ full_id: id, directory_name: id, title: id }));
  // The run before: not to be read.
  mkdirSync(join(at, id, "base"), { recursive: true });
  writeFileSync(join(at, id, "base", "estimates.json"), JSON.stringify({ median: estimate(ns * 100) }));
}

/** @param {string} at @param {object[]} results */
export function writeBrowser(at, results) {
  mkdirSync(join(at, "browser"), { recursive: true });
  writeFileSync(join(at, "browser", "a.bench.json"), JSON.stringify({ format: "chord-bench-1", results }));
}
