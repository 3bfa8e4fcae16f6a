// wasm-bindgen-cli and wasm-pack at the versions the project names, built from source where they are not to be found.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { progress, step, UserError } from "../lib/log.mjs";
import { toolCache } from "../lib/paths.mjs";
import { capture, isExecutable, prependPath, run } from "../lib/run.mjs";
import { lockedCrate, toolchain, workspaceTool } from "../lib/versions.mjs";

export const title = "wasm tools";

// wasm-bindgen-cli has to match the wasm-bindgen crate to the digit, so Cargo.lock decides its version.
const tools = () => [
  {
    name: "wasm-bindgen-cli",
    version: lockedCrate("wasm-bindgen"),
    binaries: ["wasm-bindgen", "wasm-bindgen-test-runner"],
  },
  { name: "wasm-pack", version: workspaceTool("wasm-pack"), binaries: ["wasm-pack"] },
];

const folder = ({ name, version }) => join(toolCache, `${name}-${version}`);

export async function check() {
  const there = await Promise.all(tools().map(find));
  return there.every(Boolean)
    ? tools()
        .map((t) => `${t.name} ${t.version}`)
        .join(", ")
    : undefined;
}

export async function install() {
  for (const tool of tools()) {
    if (await find(tool)) continue;
    const took = await cargoInstall(tool);
    if (!(await find(tool)))
      throw new UserError(
        `${tool.name} ${tool.version} was installed into ${folder(tool)} but does not run; remove that folder and run this again.`,
      );
    step(`${tool.name} ${tool.version}`, `built in ${took}`);
  }
  rmSync(sharedTarget(), { recursive: true, force: true });
  return "installed";
}

/** True when the tool runs at the right version, from PATH or from the cache (whose folder then goes on PATH). */
async function find(tool) {
  const runs = async (path) => (await capture(path, ["--version"]))?.includes(` ${tool.version}`) === true;
  if ((await Promise.all(tool.binaries.map(runs))).every(Boolean)) return true;
  const bin = join(folder(tool), "bin");
  if (!tool.binaries.every((name) => isExecutable(join(bin, name)))) return false;
  if (!(await runs(join(bin, tool.binaries[0])))) return false;
  prependPath(bin);
  return true;
}

// The two share many dependencies, so they share a target folder; it goes when both are there.
const sharedTarget = () => join(toolCache, "target");

async function cargoInstall(tool) {
  mkdirSync(toolCache, { recursive: true });
  const args = ["install", tool.name, "--version", `=${tool.version}`, "--root", folder(tool)];
  const line = progress(`Building ${tool.name} ${tool.version} from source; this takes a few minutes, once …`);
  let result = await cargo([...args, "--locked"], tool, line);
  // A registry mirror can lag behind: its lock file then names a version that is not to be had there.
  if (
    result.code !== 0 &&
    /failed to select a version|no matching package|failed to (get|download)/.test(result.text)
  ) {
    line.update(`${tool.name}: a locked dependency is missing from the registry; trying with newer ones`);
    result = await cargo(args, tool, line);
  }
  const took = line.end();
  if (result.code === 0) return took;
  console.error(result.text.trim().split("\n").slice(-30).join("\n"));
  throw new UserError(
    `cargo install ${tool.name} failed (its last words are above); check the network and run this again.`,
  );
}

function cargo(args, tool, line) {
  let tail = "";
  return run("cargo", args, {
    cwd: toolCache, // outside the clone, whose .cargo/config.toml is meant for the project's own crates
    output: "hide",
    env: {
      CARGO_TARGET_DIR: sharedTarget(),
      RUSTUP_TOOLCHAIN: toolchain().channel,
      CARGO_TERM_COLOR: "never",
      CARGO_TERM_PROGRESS_WHEN: "always",
      CARGO_TERM_PROGRESS_WIDTH: "80",
    },
    onText(text) {
      tail = (tail + text).slice(-400);
      const counts = [...tail.matchAll(/\] (\d+)\/(\d+)/g)].at(-1);
      if (counts) line.update(`${tool.name}: ${counts[1]} of ${counts[2]} steps`);
      else line.update(`${tool.name}: fetching`);
    },
  });
}
