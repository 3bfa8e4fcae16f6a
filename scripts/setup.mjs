// Every set-up step, in order. Each is skipped when it is already done; running this twice is free.
import { heading, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import * as chromium from "./setup/chromium.mjs";
import * as gpu from "./setup/gpu.mjs";
import * as minilm from "./setup/minilm.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";

export async function setup(steps = [npm, rust, tools, chromium, gpu, minilm]) {
  heading("Set-up");
  for (const { title, check, install } of steps) {
    const done = (await check()) ?? (await install());
    if (done !== undefined) step(title, done); // else it was left out, and has said so
  }
}

await main(import.meta.url, () => setup());
