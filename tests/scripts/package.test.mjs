import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { zip } from "../../scripts/package.mjs";

test("the zip has the manifest at its top level and does not depend on file times", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "chord zip "));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "popup"));
  writeFileSync(join(folder, "popup", "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "manifest.json"), "{}");

  const first = await zip(folder);
  utimesSync(join(folder, "manifest.json"), new Date("2001-01-01"), new Date("2001-01-01"));
  const second = await zip(folder);

  assert.deepEqual(Object.keys(unzipSync(first)), ["manifest.json", "popup/index.html"]);
  assert.deepEqual(first, second);
});
