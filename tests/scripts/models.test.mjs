import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readResults } from "../../scripts/bench/results.mjs";
import { writeResults } from "../bench/lib/results.mjs";
import { modelResults } from "../bench/models.mjs";
import { sizeResults } from "../bench/sizes.mjs";

const SAMPLE = {
  build: "simd",
  load_ms: 200,
  first_token_ms: 900,
  prefill128: 60,
  prefill512: 70,
  decode64: 25,
  decode64_ctx1024: 20,
  peak_mb: 300,
};

test("a model's rounds become results with units that the check reads", (t) => {
  const samples = [SAMPLE, { ...SAMPLE, decode64: 27 }, { ...SAMPLE, decode64: 29 }];
  const results = modelResults("small", [{ engine: "threads-2", threads: 1, samples }]);
  const at = mkdtempSync(join(tmpdir(), "chord-models-"));
  t.after(() => rmSync(at, { recursive: true }));
  writeResults("small", results, at);
  const read = readResults(at);
  assert.equal(read.length, 6, "memory has no threshold");
  const find = (metric) => read.find(({ id }) => id === `browser_model/small/threads-2/${metric}`);
  assert.deepEqual([find("decode64")?.value, find("decode64")?.kind], [27, "rate"]);
  assert.deepEqual([find("load")?.value, find("load")?.kind, find("load")?.browser], [200e6, "time", true]);
});

test("a build's sizes become results, and one that is not built is an error", (t) => {
  const at = mkdtempSync(join(tmpdir(), "chord-sizes-"));
  t.after(() => rmSync(at, { recursive: true }));
  assert.throws(() => sizeResults({ name: "gpu", out: at }), /"gpu" is not there: run `npm run build:wasm`/);
  writeFileSync(join(at, "sizes.json"), JSON.stringify({ raw: 3000, gzip: 2000, brotli: 1000, text: "" }));
  writeResults("sizes", sizeResults({ name: "gpu", out: at }), at);
  const read = readResults(at).map(({ id, value, kind }) => [id, value, kind]);
  assert.deepEqual(read, [
    ["engine_size/gpu/brotli", 1000, "size"],
    ["engine_size/gpu/gzip", 2000, "size"],
    ["engine_size/gpu/raw", 3000, "size"],
  ]);
});

test("a model that could not be measured is an error, not a gap", () => {
  const failed = { engine: "simd", threads: 1, samples: [undefined], error: "no memory" };
  assert.throws(() => modelResults("small", [failed]), /small could not be measured \(simd\): no memory/);
  const half = { engine: "simd", threads: 1, samples: [{ ...SAMPLE, decode64: null }] };
  assert.throws(() => modelResults("small", [half]), /no figure for decode64/);
});
