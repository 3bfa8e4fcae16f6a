// All tests, or one part of them: `npm test`, `npm test -- --only e2e`.
import { parseArgs } from "node:util";
import { duration, green, heading, red, UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { testParts } from "./lib/parts.mjs";
import { runParts } from "./lib/run-parts.mjs";
import { setup } from "./setup.mjs";

const HELP = `npm test                     every step of set-up, then every test
npm test -- --only PART      one part; give it again for more: ${testParts.map((p) => p.name).join(", ")}
(e2e tests what is in dist/extension: add --only build after a change.)`;

await main(import.meta.url, async (argv) => {
  const { only, help } = options(argv);
  if (help) return console.log(HELP);
  await setup();

  const parts = only ? testParts.filter((part) => only.includes(part.name)) : testParts;
  const results = await runParts(parts);

  heading("Summary");
  for (const r of results) {
    const mark = r.failed === 0 ? green("✓") : red("✗");
    const skipped = r.skipped > 0 ? `, ${r.skipped} skipped` : "";
    console.log(`${mark} ${r.name.padEnd(12)} ${r.passed} passed, ${r.failed} failed${skipped}  (${duration(r.ms)})`);
  }
  const sum = (key) => results.reduce((total, r) => total + r[key], 0);
  console.log(
    `\n${sum("passed")} passed, ${sum("failed")} failed${sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : ""}`,
  );
  return sum("failed") === 0 ? 0 : 1;
});

function options(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: { only: { type: "string", multiple: true }, help: { type: "boolean" } },
    });
    const unknown = values.only?.find((name) => !testParts.some((part) => part.name === name));
    if (unknown)
      throw new UserError(`There is no part "${unknown}"; the parts are ${testParts.map((p) => p.name).join(", ")}.`);
    return values;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${error.message} (npm test -- --help lists the options.)`);
  }
}
