// The frame around every command: an expected failure is one sentence, an unexpected one keeps its stack.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { red, UserError } from "./log.mjs";

/** Runs `body` if `moduleUrl` is the script that node was started with; other scripts may import it freely. */
export async function main(moduleUrl, body) {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== fileURLToPath(moduleUrl)) return;
  try {
    process.exitCode = (await body(process.argv.slice(2))) ?? 0;
  } catch (error) {
    if (error instanceof UserError) console.error(`${red("✗")} ${error.message}`);
    else console.error(error);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  }
}
