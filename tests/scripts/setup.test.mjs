import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { matches } from "../../scripts/setup/npm.mjs";

test("npm packages are there when every version is, and a binary for another platform may be missing", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "chord-lock-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name, packages) => {
    writeFileSync(join(folder, name), JSON.stringify({ packages }));
    return join(folder, name);
  };
  const lock = file("lock.json", {
    "": { name: "chord" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b-darwin": { version: "2.0.0", optional: true },
  });
  assert.equal(matches(file("same.json", { "node_modules/a": { version: "1.0.0" } }), lock), true);
  assert.equal(matches(file("older.json", { "node_modules/a": { version: "0.9.0" } }), lock), false);
  assert.equal(matches(file("none.json", {}), lock), false);
});
