// The model that `npm start` uses when it is given none: tiny, written by the project's own generator, with one paragraph
// to recite.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { chord } from "../lib/chord.mjs";
import { heading, size, step, UserError } from "../lib/log.mjs";
import { build, root } from "../lib/paths.mjs";

const folder = join(build, "models");

export async function demoModel() {
  heading("Demo model");
  const path = join(folder, "demo.gguf");
  await make([path], ["--shape", "demo"], path);
  step("build/models/demo.gguf", `${size(statSync(path).size)}; it recites one paragraph, whatever it is asked`);
  return path;
}

/** The same model in three files, for tests. */
export async function demoParts() {
  const parts = [1, 2, 3].map((no) => join(folder, "parts", `demo-0000${no}-of-00003.gguf`));
  await make(parts, ["--shape", "demo", "--split", "3"], join(folder, "parts", "demo.gguf"));
  return parts;
}

/** Random weights in the shape of SmolLM2-135M, 92 MB: enough work to share between threads. It says nothing sensible. */
export async function randomModel() {
  const path = join(folder, "random.gguf");
  await make([path], ["--shape", "smollm2-135m", "--type", "q4_0"], path);
  return path;
}

/** Has the generator write `out`, which makes `files`, unless they are there and newer than its code. */
async function make(files, options, out) {
  const code = newest(join(root, "wasm", "cli", "src"));
  if (files.every((file) => existsSync(file) && statSync(file).mtimeMs >= code)) return;
  const partial = join(folder, "partial"); // where they belong only when they are whole
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const args = ["make-model", ...options, join(partial, basename(out))];
  const result = await chord(args);
  if (result.code !== 0) throw new UserError("The demo model could not be made: see the words above.");
  mkdirSync(dirname(out), { recursive: true });
  for (const file of files) renameSync(join(partial, basename(file)), file);
}

const newest = (folder) =>
  Math.max(...readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, String(name))).mtimeMs));
