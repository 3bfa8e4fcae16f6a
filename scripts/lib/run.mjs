// Child processes: run one and watch its lines, capture what one says, find one on PATH.
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./paths.mjs";

/**
 * Runs a command in the repository root and resolves to its exit code and everything it printed.
 * `output` says what the person sees meanwhile: "show" (all of it) or "hide"; `onText` sees each piece as it comes.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, output?: "show" | "hide", onText?: (text: string) => void }} [options]
 * @returns {Promise<{ code: number, text: string }>}
 */
export function run(command, args, { cwd = root, env = {}, output = "show", onText } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...colourFlags(output), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const take = (stream) => (chunk) => {
      text += chunk;
      if (output === "show") stream.write(chunk);
      onText?.(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", take(process.stdout));
    child.stderr.setEncoding("utf8").on("data", take(process.stderr));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, text }));
  });
}

/** What a command prints on stdout and stderr, or undefined when it cannot be run or fails. */
export async function capture(command, args, options = {}) {
  try {
    const { code, text } = await run(command, args, { ...options, output: "hide" });
    return code === 0 ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The full path of an executable on PATH, or undefined. */
export function which(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder && isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Puts a folder first on PATH, for every process started from here on. */
export function prependPath(folder) {
  const path = (process.env.PATH ?? "").split(delimiter);
  if (path[0] !== folder) process.env.PATH = [folder, ...path].join(delimiter);
}

// The children write to a pipe and would drop their colours; a person at a terminal keeps them.
function colourFlags(output) {
  return output === "show" && process.stdout.isTTY && !process.env.NO_COLOR
    ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" }
    : {};
}
