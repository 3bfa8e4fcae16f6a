// The browser benchmark over the built extension: that it measures, and prints one object.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/paths.mjs";
import { expect, test } from "./fixtures.ts";
import { demo } from "./models.ts";

interface Report {
  model: string;
  rows: Record<string, unknown>[];
  ratios: object;
}

test("bench:browser measures the engine in the extension with as many threads as asked for", async () => {
  test.setTimeout(120_000);
  const bench = join(root, "tests", "bench", "browser.mjs");
  const args = [bench, "--model", demo(), "--threads", "1,2", "--rounds", "1", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  const { model, rows, ratios }: Report = JSON.parse(stdout);
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
  expect(stderr).not.toContain("it has");
});
