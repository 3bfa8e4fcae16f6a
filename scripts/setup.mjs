// Every set-up step, in order. Each is skipped when it is already done; running this twice is free.
import { heading, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import * as chromium from "./setup/chromium.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";

export async function setup(steps = [npm, rust, tools, chromium]) {
  heading("Set-up");
  for (const { title, check, install } of steps) step(title, (await check()) ?? (await install()));
}

await main(import.meta.url, () => setup());
