// The engine: wasm/web compiled for the browser in each build, wasm-bindgen's JavaScript and types around each module, wasm-opt
// over it, and the loader that picks one. They are made side by side: the linker, which takes longest, uses one core. What is up
// to date is left alone.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { duration, heading, size, step, UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { wasmBuilds } from "./lib/wasm-builds.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";
import { setup } from "./setup.mjs";

const TARGET = "wasm32-unknown-unknown";

/** @param {import("./lib/wasm-builds.mjs").WasmBuild[]} [builds] */
export async function buildWasm(builds = wasmBuilds) {
  heading(`Engine (wasm: ${builds.map(({ title }) => title).join("; ")})`);
  // All to their end, so that none works on when the command is over.
  const ended = await Promise.allSettled(builds.map(buildOne));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
  if (wasmBuilds.every(({ out }) => existsSync(join(out, "sizes.json")))) await buildLoader();
}

/** @param {import("./lib/wasm-builds.mjs").WasmBuild} build */
async function buildOne(build) {
  const args = ["build", "--profile", "dist", "--target", TARGET, "-p", "wasm-chord-web", ...build.cargo];
  const cargo = await run("cargo", args, { env: build.env });
  if (cargo.code !== 0) throw new UserError(`The engine (${build.title}) did not compile: see cargo's words above.`);

  const module = join(build.target, TARGET, "dist", "wasm_chord_web.wasm");
  const sizes = join(build.out, "sizes.json"); // written last: where it is, the rest is whole
  if (!isNewer(sizes, module)) await finish(build, module, sizes);
  step(`build/engine/${build.name}`, JSON.parse(readFileSync(sizes, "utf8")).text);
}

/** The JavaScript that picks a build. It is typed against all of them, so they come first. */
async function buildLoader() {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { code } = await run(tsc, ["-p", join(root, "wasm", "web", "js")]);
  if (code !== 0) throw new UserError("The engine's loader did not compile: see the compiler's words above.");
  step("build/engine/index.js", "the loader");
}

/** From cargo's module to what a browser loads. */
async function finish({ name, out, features }, module, sizes) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const bindgen = await run("wasm-bindgen", [
    "--target",
    "web",
    "--out-dir",
    out,
    "--out-name",
    "wasm_chord_web",
    module,
  ]);
  if (bindgen.code !== 0) throw new UserError("wasm-bindgen failed: see its words above.");

  const wasm = join(out, "wasm_chord_web_bg.wasm");
  const started = Date.now();
  const before = statSync(wasm).size;
  // Debian's wasm-opt cannot read relaxed SIMD, so npm's is used; it is a program for node.
  const wasmOpt = join(root, "node_modules", "binaryen", "bin", "wasm-opt");
  const flags = features.map((feature) => `--enable-${feature}`);
  const opt = await run(process.execPath, [wasmOpt, "-O2", ...flags, wasm, "-o", wasm]);
  if (opt.code !== 0) throw new UserError("wasm-opt failed: see its words above.");
  step(`wasm-opt, ${name}`, `${size(before)} → ${size(statSync(wasm).size)} in ${duration(Date.now() - started)}`);

  const bytes = readFileSync(wasm);
  const [zipped, smallest] = await Promise.all([promisify(gzip)(bytes), promisify(brotliCompress)(bytes)]);
  const figures = { raw: bytes.length, gzip: zipped.length, brotli: smallest.length };
  const text = `${size(figures.raw)}, gzip ${size(figures.gzip)}, brotli ${size(figures.brotli)}`;
  writeFileSync(sizes, `${JSON.stringify({ ...figures, text })}\n`);
}

function isNewer(path, than) {
  return existsSync(path) && statSync(path).mtimeMs >= statSync(than).mtimeMs;
}

await main(import.meta.url, async (argv) => {
  const names = wasmBuilds.map((build) => build.name);
  const { values } = parseArgs({ args: argv, options: { only: { type: "string" } } });
  const builds = values.only ? wasmBuilds.filter((build) => build.name === values.only) : wasmBuilds;
  if (builds.length === 0) throw new UserError(`There is no build "${values.only}"; there are ${names.join(", ")}.`);
  await setup([npm, rust, tools]);
  await buildWasm(builds);
});
