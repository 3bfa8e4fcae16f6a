import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const start = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "chord start "));
});
after(() => rmSync(folder, { recursive: true }));

function run(...args) {
  const { INIT_CWD, ...env } = process.env; // npm's, which would win over cwd
  const { status, stdout, stderr } = spawnSync(process.execPath, [start, ...args], {
    encoding: "utf8",
    cwd: folder,
    env,
  });
  return { status, stdout, stderr: stderr.trim() };
}

test("a model that is not there ends with one sentence before any set-up", () => {
  const { status, stdout, stderr } = run("--model", "missing.gguf");
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^✗ Cannot use .*missing\.gguf as a model: there is no such file\.$/);
});

test("so do a folder, a file that is not GGUF, an empty file and an unknown option", () => {
  writeFileSync(join(folder, "page.gguf"), "<!doctype html>");
  writeFileSync(join(folder, "empty.gguf"), "");
  /** @type {[string[], RegExp][]} */
  const cases = [
    [["--model", "."], /it is a folder\.$/],
    [["--model", "page.gguf"], /it is not a GGUF file\.$/],
    [["--model", "empty.gguf"], /it is not a GGUF file\.$/],
    [["--modle", "x"], /Unknown option '--modle'/],
  ];
  for (const [args, sentence] of cases) {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, sentence);
    assert.equal(stderr.split("\n").length, 1);
  }
});

test("--help lists the options and does nothing", () => {
  const { status, stdout } = run("--help");
  assert.equal(status, 0);
  assert.match(stdout, /--model FILE\.gguf/);
  assert.doesNotMatch(stdout, /Set-up/);
});
