// Formats Rust with rustfmt and everything else with Biome.
import { UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { run } from "./lib/run.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import { setup } from "./setup.mjs";

await main(import.meta.url, async () => {
  await setup([npm, rust]);
  const rustfmt = await run("cargo", ["fmt", "--all"]);
  const biome = await run("node_modules/.bin/biome", ["check", "--write"]);
  if (rustfmt.code !== 0 || biome.code !== 0)
    throw new UserError("Something could not be formatted: see the words above.");
});
