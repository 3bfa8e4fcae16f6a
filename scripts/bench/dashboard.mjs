// The history as one static page that needs no network: `npm run bench:dashboard`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InputError, size, step } from "../lib/log.mjs";
import { main } from "../lib/main.mjs";
import { baselines, build, history, root } from "../lib/paths.mjs";
import { readHistory } from "./history.mjs";
import { readThresholds } from "./thresholds.mjs";

const HELP = `npm run bench:dashboard [-- --history FILE] [--out DIR]
Writes ${join(build, "dashboard", "index.html")}: trends, two commits compared, change points, the browser beside native and peers.`;

/**
 * @param {import("./history.mjs").Run[]} runs
 * @param {import("./thresholds.mjs").Threshold[]} thresholds
 */
export async function page(runs, thresholds) {
  const here = join(root, "scripts", "bench", "dashboard");
  const { build: bundle } = await import("vite"); // not at the top: set-up may not have installed it yet
  const output = await bundle({
    root: here,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    build: { write: false, lib: { entry: join(here, "main.mjs"), formats: ["iife"], name: "dashboard" } },
  });
  const [script] = Array.isArray(output) ? output.flatMap((each) => each.output) : [];
  if (script?.type !== "chunk") throw new Error("the page's script was not bundled");
  const style = [join(root, "node_modules", "uplot", "dist", "uPlot.min.css"), join(here, "style.css")];
  // In a script element nothing ends it but its own end tag, which no string may hold.
  const inert = (text) => text.replaceAll("<", "\\u003c");
  const parts = {
    STYLE: style.map((path) => readFileSync(path, "utf8")).join("\n"),
    DATA: inert(JSON.stringify({ runs, thresholds })),
    SCRIPT: script.code.replaceAll("</script", "<\\/script"),
  };
  const template = readFileSync(join(here, "index.html"), "utf8");
  return template.replace(/<!-- (STYLE|DATA|SCRIPT) -->/g, (_, name) => parts[name]);
}

await main(import.meta.url, async (argv) => {
  const values = options(argv);
  if (values.help) return console.log(HELP);
  const runs = readHistory(values.history ?? history);
  const { native, browser } = readThresholds(baselines);
  const html = await page(runs, [...native, ...browser]);
  const out = values.out ?? join(build, "dashboard");
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "index.html"), html);
  step(join(out, "index.html"), `${runs.length} runs, ${size(html.length)}`);
});

function options(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: { history: { type: "string" }, out: { type: "string" }, help: { type: "boolean", default: false } },
    });
    return values;
  } catch (error) {
    throw new InputError(`${error.message}\n${HELP}`);
  }
}
