// Our engine beside others, in the same browser, in turn:
// `npm run bench:peers -- --model FILE [--threads 1,2] [--json] [--native PATH_TO_LLAMA_BENCH]`.
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { UserError } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { root } from "../../scripts/lib/paths.mjs";
import { options } from "./lib/args.mjs";
import { chord } from "./lib/chord.mjs";
import { llamaBench } from "./lib/llama-bench.mjs";
import { print } from "./lib/output.mjs";
import { interleave } from "./lib/rounds.mjs";
import { serve } from "./lib/server.mjs";
import { withBrowser } from "./lib/session.mjs";
import { report } from "./lib/stats.mjs";
import { wllama } from "./lib/wllama.mjs";

const PEERS = /** @type {const} */ (["wllama-2.3.1", "wllama-latest"]);

const HELP = `npm run bench:peers -- --model FILE [--threads 1,2] [--rounds 3] [--peers ${PEERS.join(",")}]
                       [--native PATH_TO_LLAMA_BENCH] [--json]
Measures the built extension and its peers in headless Chromium, in interleaved rounds.`;

await main(import.meta.url, async (argv) => {
  const more = /** @type {const} */ ({ peers: { type: "string" }, native: { type: "string" } });
  const { model, threads, rounds, json, help, peers, native } = options(argv, more, HELP);
  if (help) return console.log(HELP);
  const asked = peers === undefined ? PEERS : peers.split(",").filter((name) => name !== "");
  const unknown = asked.find((name) => !PEERS.includes(name));
  if (unknown) throw new UserError(`There is no peer "${unknown}"; there are ${PEERS.join(" and ")}.`);
  const folder = join(root, "node_modules");
  const llama = native === undefined ? undefined : resolve(process.env.INIT_CWD ?? ".", native);
  if (llama && !existsSync(llama)) throw new UserError(`There is no program ${llama}.`);
  for (const name of asked)
    if (!existsSync(join(folder, name))) throw new UserError(`${name} is not installed: run \`npm run setup\`.`);

  const site = await serve(folder);
  try {
    const series = await withBrowser(model, (chrome, id) => {
      const contestants = [chord(chrome, id), ...asked.map((name) => wllama(chrome, site.url, model, name))];
      if (llama) contestants.push(llamaBench(llama, model));
      return interleave(contestants, threads, rounds);
    });
    print(report(basename(model), series), json);
    return series.some(({ error }) => error) ? 1 : 0;
  } finally {
    site.close();
  }
});
