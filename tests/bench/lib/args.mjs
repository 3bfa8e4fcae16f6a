// The command lines of the benchmarks.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../../../scripts/lib/log.mjs";

/**
 * @param {string[]} argv
 * @param {Record<string, { type: "string" | "boolean" }>} more  options beside those that all have
 * @param {string} help
 */
export function options(argv, more, help) {
  const shared = /** @type {const} */ ({
    model: { type: "string" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options: { ...shared, ...more } }));
  } catch (error) {
    throw new UserError(`${error.message}\n${help}`);
  }
  if (values.help) return { ...values, help: true, model: "", threads: [], rounds: 0 };
  if (!values.model) throw new UserError(`--model FILE is missing.\n${help}`);
  const model = resolve(process.env.INIT_CWD ?? ".", values.model);
  if (!existsSync(model)) throw new UserError(`There is no file ${model}.`);
  const threads = values.threads.split(",").map((text) => whole("--threads", text, 64));
  return { ...values, help: false, model, threads, rounds: whole("--rounds", values.rounds, 1000) };
}

/** @param {string} name @param {string} text @param {number} most */
function whole(name, text, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new UserError(`${name} takes whole numbers from 1 to ${most}, not "${text}".`);
  return value;
}
