// The options of `npm start`, checked before anything slow begins.
import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../lib/log.mjs";

export const HELP = `npm start                              set-up, build, and a browser on a demo page, summarized by the built-in model
npm start -- --model FILE.gguf         the chat and the assistant with a model of your own
npm start -- --prompt "A question"     what the run with a model and without a window asks (default: "${defaults().prompt}")
npm start -- --hub                     the options page, with a model hub on this machine to download from
npm start -- --headless                no window even where there is a display`;

function defaults() {
  return { prompt: "Once upon a time" };
}

export function startOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        model: { type: "string" },
        prompt: { type: "string", default: defaults().prompt },
        headless: { type: "boolean", default: false },
        hub: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new UserError(`${error.message} (npm start -- --help lists the options.)`);
  }
  // npm runs scripts in the repository's root; a path is meant from where the person stands.
  const from = process.env.INIT_CWD ?? process.cwd();
  const model = values.model === undefined ? undefined : resolve(from, values.model);
  if (model !== undefined) checkModelFile(model);
  return { ...values, model };
}

/** Refuses what is certainly no model now, rather than after minutes of set-up. The engine checks the rest. */
function checkModelFile(path) {
  const magic = Buffer.alloc(4);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, magic, 0, 4, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const reason =
      { ENOENT: "there is no such file", EISDIR: "it is a folder", EACCES: "it may not be read" }[error.code] ??
      error.message;
    throw new UserError(`Cannot use ${path} as a model: ${reason}.`);
  }
  if (magic.toString("latin1") !== "GGUF") throw new UserError(`Cannot use ${path} as a model: it is not a GGUF file.`);
}
