// The Rust toolchain that rust-toolchain.toml names, with its components and targets, and a linker for it.
import { homedir } from "node:os";
import { join } from "node:path";
import { aptInstall, canInstall } from "../lib/apt.mjs";
import { lastLine, progress, UserError } from "../lib/log.mjs";
import { capture, isExecutable, prependPath, run, which } from "../lib/run.mjs";
import { toolchain } from "../lib/versions.mjs";

const wanted = toolchain();
export const title = `Rust ${wanted.channel}`;

export async function check() {
  if (!which("cc")) return undefined;
  requireRustup();
  const installed = await capture("rustup", ["toolchain", "list"]);
  if (!installed?.split("\n").some((line) => line.startsWith(`${wanted.channel}-`))) return undefined;
  const components =
    (await capture("rustup", ["component", "list", "--installed", "--toolchain", wanted.channel])) ?? "";
  const targets = (await capture("rustup", ["target", "list", "--installed", "--toolchain", wanted.channel])) ?? "";
  // A component is listed with its platform behind the name ("clippy-x86_64-unknown-linux-gnu"), rust-src without.
  const has = (list, name) => list.split("\n").some((line) => line === name || line.startsWith(`${name}-`));
  const whole = wanted.components.every((c) => has(components, c)) && wanted.targets.every((t) => has(targets, t));
  return whole ? "already there" : undefined;
}

export async function install() {
  if (!which("cc")) await installLinker();
  requireRustup();
  const line = progress(
    `Installing Rust ${wanted.channel} with ${[...wanted.components, ...wanted.targets].join(", ")} …`,
  );
  const args = ["toolchain", "install", wanted.channel, "--profile", "minimal", "--no-self-update"];
  for (const component of wanted.components) args.push("--component", component);
  for (const target of wanted.targets) args.push("--target", target);
  const result = await run("rustup", args, {
    output: "hide",
    onText: (text) => line.update(lastLine(text)),
  });
  const took = line.end();
  if (result.code !== 0) {
    console.error(result.text.trim());
    throw new UserError(
      `rustup could not install Rust ${wanted.channel} (its words are above); check the network and run this again.`,
    );
  }
  return `installed in ${took}`;
}

// rustup's installer changes PATH for new shells only, so its folder may have to be added here.
function requireRustup() {
  if (which("rustup") && which("cargo")) return;
  const bin = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
  if (isExecutable(join(bin, "rustup")) && isExecutable(join(bin, "cargo"))) prependPath(bin);
  else throw new UserError("Rust is missing: install it with rustup (https://rustup.rs) and run this again.");
}

async function installLinker() {
  if (canInstall()) await aptInstall(["build-essential"]);
  else
    throw new UserError(
      "Rust needs a C linker: install one (on Debian: apt-get install build-essential) and run this again.",
    );
}
