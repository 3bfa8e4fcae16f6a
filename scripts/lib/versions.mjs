// The versions of tools, read from the files that decide them. No version is written down twice.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

const read = (name) => readFileSync(join(root, name), "utf8");

/** The version of a crate in Cargo.lock. */
export function lockedCrate(name, lock = read("Cargo.lock")) {
  const version = lock.match(new RegExp(`\\[\\[package\\]\\]\\s+name = "${name}"\\s+version = "([^"]+)"`))?.[1];
  if (!version) throw new Error(`Cargo.lock has no crate ${name}`);
  return version;
}

/** The version of a tool in [workspace.metadata.tools] of Cargo.toml. */
export function workspaceTool(name, manifest = read("Cargo.toml")) {
  const table = manifest.split(/^\[workspace\.metadata\.tools\]$/m)[1]?.split(/^\[/m)[0] ?? "";
  const version = table.match(new RegExp(`^${name}\\s*=\\s*"([^"]+)"`, "m"))?.[1];
  if (!version) throw new Error(`Cargo.toml names no version of ${name} in [workspace.metadata.tools]`);
  return version;
}

/** Channel, components and targets of rust-toolchain.toml. */
export function toolchain(text = read("rust-toolchain.toml")) {
  const list = (key) =>
    [...(text.match(new RegExp(`^${key}\\s*=\\s*\\[([^\\]]*)\\]`, "m"))?.[1] ?? "").matchAll(/"([^"]+)"/g)].map((m) =>
      String(m[1]),
    );
  const channel = text.match(/^channel\s*=\s*"([^"]+)"/m)?.[1];
  if (!channel) throw new Error("rust-toolchain.toml names no channel");
  return { channel, components: list("components"), targets: list("targets") };
}
