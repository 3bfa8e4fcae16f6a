import assert from "node:assert/strict";
import { test } from "node:test";
import { checksums } from "../../scripts/package.mjs";
import { section } from "../../scripts/release-notes.mjs";

const CHANGELOG = `# Changelog

## Unreleased

### Added
- New.

## [1.10.0] - 2026-11-24

### Fixed
- Ten.

## 1.1.0 - 2026-01-01
- One.

## 1.0.0
`;

test("a release's notes are its section of the changelog, and no other's", () => {
  assert.equal(section(CHANGELOG, "v1.10.0"), "### Fixed\n- Ten.\n");
  assert.equal(section(CHANGELOG, "1.1.0"), "- One.\n");
  assert.throws(() => section(CHANGELOG, "v1.0"), /no section "## 1\.0"/);
  assert.throws(() => section(CHANGELOG, "v1.0.0"), /says nothing of 1\.0\.0/);
});

test("checksums are what sha256sum checks", () => {
  // printf abc | sha256sum
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(checksums({ "a.zip": new TextEncoder().encode("abc") }), `${abc}  a.zip\n`);
});
