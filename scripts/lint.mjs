// Formatting, lints and types of everything, changing nothing.
import { UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { lintParts } from "./lib/parts.mjs";
import { runParts } from "./lib/run-parts.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import { setup } from "./setup.mjs";

await main(import.meta.url, async () => {
  await setup([npm, rust]);
  const results = await runParts(lintParts);
  if (results.some((r) => r.failed > 0))
    throw new UserError("Some checks failed; `npm run format` mends formatting, the rest is named above.");
});
