// What is published: the zip that an extension store takes (dist/extension with manifest.json at the top level), the
// tarball that npm takes, and their checksums.
// For the zip the same input gives the same bytes: names are sorted and no file keeps its time.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { build } from "./build.mjs";
import { size, step, UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { extensionDir, npmDir, root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import * as minilm from "./setup/minilm.mjs";
import * as npm from "./setup/npm.mjs";
import * as rust from "./setup/rust.mjs";
import * as tools from "./setup/tools.mjs";
import { setup } from "./setup.mjs";

// The earliest time a zip can hold, in local time as the format wants it.
const NO_TIME = new Date(1980, 0, 1);

export async function zip(folder) {
  const { zipSync } = await import("fflate"); // not at the top: set-up may not have installed it yet
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
  return zipSync(Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))])), {
    level: 9,
    mtime: NO_TIME,
  });
}

/** What `sha256sum --check` reads. @param {Record<string, Uint8Array>} files  bytes by name */
export function checksums(files) {
  const line = ([name, bytes]) => `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`;
  return Object.entries(files).map(line).join("");
}

await main(import.meta.url, async () => {
  await setup([npm, rust, tools, minilm]);
  await build();
  const manifest = JSON.parse(readFileSync(join(extensionDir, "manifest.json"), "utf8"));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (manifest.version !== version) {
    throw new UserError(
      `manifest.json says version ${manifest.version} and package.json ${version}; make them the same and run this again.`,
    );
  }
  const zipName = `chord-${version}.zip`;
  const zipped = await zip(extensionDir);
  writeFileSync(join(root, "dist", zipName), zipped);
  step(`dist/${zipName}`, size(zipped.length));

  const pack = await run("npm", ["pack", npmDir, "--pack-destination", join(root, "dist")], { output: "hide" });
  if (pack.code !== 0) {
    console.error(pack.text.trim());
    throw new UserError("npm pack failed: see its words above.");
  }
  const tarballName = `wasm-chord-${version}.tgz`;
  const tarball = readFileSync(join(root, "dist", tarballName));
  step(`dist/${tarballName}`, size(tarball.length));

  writeFileSync(join(root, "dist", "SHA256SUMS"), checksums({ [zipName]: zipped, [tarballName]: tarball }));
  step("dist/SHA256SUMS");
});
