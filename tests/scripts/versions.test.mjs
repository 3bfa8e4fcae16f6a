import assert from "node:assert/strict";
import { test } from "node:test";
import { lockedCrate, toolchain, workspaceTool } from "../../scripts/lib/versions.mjs";
import { parseVersion } from "../../scripts/setup/chromium.mjs";

test("the locked version of a crate is its own, not that of one whose name begins alike", () => {
  const lock = `[[package]]
name = "wasm-bindgen-macro"
version = "9.9.9"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
`;
  assert.equal(lockedCrate("wasm-bindgen", lock), "0.2.130");
  assert.throws(() => lockedCrate("wasm-pack", lock), /no crate wasm-pack/);
});

test("a tool's version is read from the table of tools alone", () => {
  const manifest = `[workspace.dependencies]
wasm-pack = "1.0.0"

[workspace.metadata.tools]
wasm-pack = "0.15.1"

[profile.release]
`;
  assert.equal(workspaceTool("wasm-pack", manifest), "0.15.1");
});

test("the project's own files name everything that set-up installs", () => {
  const { channel, components, targets } = toolchain();
  assert.match(channel, /^\d+\.\d+\.\d+$/);
  assert.ok(components.includes("clippy"));
  assert.deepEqual(targets, ["wasm32-unknown-unknown"]);
  assert.match(lockedCrate("wasm-bindgen"), /^0\.2\.\d+$/);
  assert.match(workspaceTool("wasm-pack"), /^\d+\.\d+\.\d+$/);
});

test("browsers and drivers say their versions in different ways", () => {
  const parse = (text) => parseVersion(text);
  assert.deepEqual(parse("Chromium 156.0.8078.79 built on Debian GNU/Linux 12"), {
    name: "Chromium",
    version: "156.0.8078.79",
  });
  assert.deepEqual(parse("Google Chrome 150.0.7300.1 unknown\n"), { name: "Google Chrome", version: "150.0.7300.1" });
  assert.deepEqual(parse("ChromeDriver 156.0.8078.79 (abc-refs/x)"), {
    name: "ChromeDriver",
    version: "156.0.8078.79",
  });
  assert.deepEqual(parse("Google Chrome for Testing 150.0.1.2"), { name: "Google Chrome", version: "150.0.1.2" });
  assert.equal(parse("something else 1.2.3"), undefined);
  assert.equal(parse(undefined), undefined);
});
