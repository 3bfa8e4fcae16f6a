// The changelog's section on one version: `npm run release-notes -- v1.2.3 FILE`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/paths.mjs";

/**
 * @param {string} changelog  in the format of Keep a Changelog
 * @param {string} tag  "v1.2.3" or "1.2.3"
 */
export function section(changelog, tag) {
  const version = tag.replace(/^v/, "");
  const [, ...sections] = changelog.split(/^## /m);
  const wanted = sections.find((text) => [version, `[${version}]`].includes(text.split(/[\s\n]/)[0] ?? ""));
  if (!wanted)
    throw new UserError(`CHANGELOG.md has no section "## ${version}": what is released is written up first.`);
  const body = wanted.slice(wanted.indexOf("\n") + 1).trim();
  if (body === "") throw new UserError(`CHANGELOG.md says nothing of ${version}.`);
  return `${body}\n`;
}

await main(import.meta.url, ([tag, file]) => {
  if (!tag || !file) throw new UserError("npm run release-notes -- TAG FILE");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (tag.replace(/^v/, "") !== version)
    throw new UserError(`The tag ${tag} is not the version ${version} of package.json; make them the same.`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, section(readFileSync(join(root, "CHANGELOG.md"), "utf8"), tag));
});
