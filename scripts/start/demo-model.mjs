// The model that `npm start` uses when it is given none: tiny, written by the project's own generator, with one paragraph
// to recite.
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { heading, size, step, UserError } from "../lib/log.mjs";
import { build, root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";

export async function demoModel() {
  heading("Demo model");
  const path = join(build, "models", "demo.gguf");
  if (!existsSync(path) || statSync(path).mtimeMs < newest(join(root, "wasm", "cli", "src"))) {
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.partial`; // under its own name only when it is whole
    const args = ["run", "--release", "-p", "wasm-chord-cli", "--", "make-model", "--shape", "demo", partial];
    const { code } = await run("cargo", args);
    if (code !== 0) throw new UserError("The demo model could not be made: see the words above.");
    renameSync(partial, path);
  }
  step("build/models/demo.gguf", `${size(statSync(path).size)}; it recites one paragraph, whatever it is asked`);
  return path;
}

const newest = (folder) =>
  Math.max(...readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, String(name))).mtimeMs));
