// Every set-up step, in order. Each is skipped when it is already done; running this twice is free.
import { heading, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import * as chromium from "./setup/chromium.mjs";
import * as gpu from "./setup/gpu.mjs";
import * as minilm from "./setup/minilm.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";

/** What it takes to build the extension and look at it. */
export const forUse = [npm, rust, tools, chromium, minilm];

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {() => unknown} check  says what is there already; undefined where it is not
 * @property {() => unknown} install  says what it has put there; undefined where it was left out
 */

/** @param {Step[]} [steps]  all there are, when left out: the tests need more than the rest */
export async function setup(steps = [...forUse, gpu]) {
  heading("Set-up");
  for (const { title, check, install } of steps) {
    const done = (await check()) ?? (await install());
    if (typeof done === "string") step(title, done); // else it was left out, and has said so
  }
}

await main(import.meta.url, () => setup());
