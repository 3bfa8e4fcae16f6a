// Builds the extension into dist/extension: the pages, then the service worker and the scripts for pages, each one classic file.
//
//   node extension/build.mjs [--out DIR] [--engine FILE] [--sourcemap]
//
// --engine FILE builds on another engine than build/engine, for tests.

import { access, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "vite";
import { embeddedModel } from "../scripts/setup/minilm.mjs";

/** Packages that end up in the extension; `assets/THIRD-PARTY.md` says where. */
const BUNDLED = ["@mozilla/readability", "diff", "idb", "marked", "preact", "valibot"];

const root = dirname(fileURLToPath(import.meta.url));
const repository = dirname(root);

const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: "dist/extension" },
    engine: { type: "string", default: "build/engine/index.js" },
    sourcemap: { type: "boolean", default: false },
  },
});
const out = resolve(repository, options.out);
const engine = resolve(repository, options.engine);

await checkEngine();
await checkVersion();
await buildPages();
await buildScript("background", "background/main.ts");
await buildScript("content", "content/main.ts");
await buildScript("bubble", "content/bubble/main.ts");
await buildScript("reader", "reading/main.ts");
await copyStatic();
await writeLocales();

function shared() {
  return {
    root,
    configFile: false,
    publicDir: false,
    resolve: { alias: { "chord-engine": engine } },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  };
}

/** @param {object} more */
function output(more) {
  return {
    outDir: out,
    target: "chrome130", // minimum_chrome_version
    sourcemap: options.sourcemap,
    // Files of the extension are read from disk; nothing is gained by fetching them early.
    modulePreload: false,
    assetsInlineLimit: 0,
    ...more,
  };
}

async function buildPages() {
  const pages = ["popup", "options", "offscreen", "sidepanel", "welcome", "panel"];
  await build({
    ...shared(),
    base: "/",
    worker: {
      format: "es",
      rolldownOptions: { output: { entryFileNames: "assets/engine-[name]-[hash].js" } },
    },
    build: output({
      emptyOutDir: true,
      rolldownOptions: {
        input: Object.fromEntries(pages.map((page) => [page, join(root, page, "index.html")])),
        output: { chunkFileNames: "assets/shared-[hash].js" },
      },
    }),
  });
}

/** @param {string} name @param {string} entry */
async function buildScript(name, entry) {
  await build({
    ...shared(),
    build: output({
      emptyOutDir: false,
      lib: { entry: join(root, entry), formats: ["iife"], name: "chord", fileName: () => `${name}.js` },
      // A module that nothing is taken from is left out, whatever it would do: pages get small scripts.
      rolldownOptions: { treeshake: { moduleSideEffects: false } },
    }),
  });
}

async function copyStatic() {
  await cp(join(repository, "manifest.json"), join(out, "manifest.json"));
  await mkdir(join(out, "icons"), { recursive: true });
  await cp(join(repository, "assets/icons"), join(out, "icons"), { recursive: true });
  for (const file of ["assets/THIRD-PARTY.md", "LICENSE-APACHE", "LICENSE-MIT"])
    await cp(join(repository, file), join(out, basename(file)));
  await copyLicences();
  await cp(join(repository, "assets/models.json"), join(out, "models.json"));
  await cp(join(root, "reading/reader.css"), join(out, "reader.css"));
  const model = embeddedModel();
  if (!model) return console.warn("The built-in model is not there (npm run setup fetches it): built without it.");
  await mkdir(join(out, "models"), { recursive: true });
  return cp(model, join(out, "models/all-MiniLM-L6-v2.Q8_0.gguf")); // the path that built-in.ts knows
}

/** Most licences ask that their text, with the names in it, goes along. */
async function copyLicences() {
  await mkdir(join(out, "licences"), { recursive: true });
  for (const name of BUNDLED) {
    const folder = join(repository, "node_modules", name);
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    if (!file) fail(`${folder} has no licence to copy; look where the package keeps it.`);
    await cp(join(folder, file), join(out, "licences", `${basename(name)}.txt`));
  }
}

/** Each language's messages stand in a file for each part of the extension; Chrome wants one file for each language. */
async function writeLocales() {
  const folder = join(root, "_locales");
  const languages = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const { name: language } of languages) {
    const files = (await readdir(join(folder, language))).map((file) => join(folder, language, file));
    const parts = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, "utf8"))));
    await mkdir(join(out, "_locales", language), { recursive: true });
    await writeFile(join(out, "_locales", language, "messages.json"), JSON.stringify(Object.assign({}, ...parts)));
  }
}

async function checkEngine() {
  try {
    await access(engine);
  } catch {
    fail(`The engine is not built: ${engine} is missing. Run \`npm run build:wasm\` first.`);
  }
}

/** The store reads the manifest, npm reads package.json; they must tell of one version. */
async function checkVersion() {
  const [manifest, npm] = await Promise.all(
    ["manifest.json", "package.json"].map(async (file) => JSON.parse(await readFile(join(repository, file), "utf8"))),
  );
  if (manifest.version !== npm.version) {
    fail(`manifest.json says version ${manifest.version}, package.json ${npm.version}: make them the same.`);
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
