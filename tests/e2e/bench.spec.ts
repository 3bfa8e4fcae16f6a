// The browser benchmark over the built extension: that it measures, and prints one object.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/paths.mjs";
import { expect, test } from "./fixtures.ts";
import { demo } from "./models.ts";

const BENCH = join(root, "tests", "bench", "browser.mjs");

interface Report {
  model: string;
  rows: Record<string, unknown>[];
  ratios: object;
  profile: { phase: string; threads: number; ops: { op: string; share: number }[] }[];
}

test("bench:browser measures the engine in the extension with as many threads as asked for", async () => {
  test.setTimeout(120_000);
  const args = [BENCH, "--model", demo(), "--threads", "1,2", "--rounds", "1", "--profile", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  const { model, rows, ratios, profile }: Report = JSON.parse(stdout);
  expect(model).toBe("demo.gguf");
  expect(ratios).toEqual({});
  expect(rows.map(({ engine, build, threads }) => ({ engine, build, threads }))).toEqual([
    { engine: "chord", build: "threads", threads: 1 },
    { engine: "chord", build: "threads", threads: 2 },
  ]);
  for (const row of rows) {
    for (const metric of ["load_ms", "first_token_ms", "prefill128", "prefill512", "decode64", "decode64_ctx1024"])
      expect(row[metric], metric).toBeGreaterThan(0);
  }
  expect(profile.map(({ phase, threads }) => `${phase} ${threads}`)).toEqual([
    "prefill 1",
    "decode 1",
    "prefill 2",
    "decode 2",
  ]);
  for (const { ops } of profile) {
    expect(ops.map(({ op }) => op)).toEqual(expect.arrayContaining(["matmul", "attention", "sampling, event loop"]));
    expect(ops.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 1);
  }
  expect(stderr).not.toContain("it has");
});

test("a GPU that is software is not measured", async () => {
  const args = [BENCH, "--model", demo(), "--build", "gpu", "--rounds", "1", "--profile"];
  const ended = promisify(execFile)(process.execPath, args);
  const { code, stdout }: { code?: number; stdout: string } = await ended.catch((error) => error);
  expect(code).toBe(1);
  expect(stdout).toContain("the build gpu does not run here: the browser has google swiftshader");
});
