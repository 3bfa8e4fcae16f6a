import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

test("the lock file names no registry, and has every platform's binaries", () => {
  const { packages } = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
  const entries = Object.entries(packages).filter(([path]) => path !== "");
  for (const [path, entry] of entries) {
    assert.equal(entry.resolved, undefined, path);
    assert.match(entry.integrity, /^sha512-/, path);
    // npm ci refuses a lock file that lacks one, on whatever platform it runs.
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      assert.ok(
        packages[`node_modules/${name}`] ?? packages[`${path}/node_modules/${name}`],
        `${name}, which ${path} names`,
      );
    }
  }
});
