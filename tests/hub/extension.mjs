// A copy of the built extension that knows a hub on this machine in the place of the real one: another list of hosts in its
// manifest, another catalogue. Nothing in the released extension can do that.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extensionDir } from "../../scripts/lib/paths.mjs";

/**
 * @param {{ url: string, storageUrl: string }} hub
 * @param {object[]} [models]  the catalogue; the released one when left out
 * @returns {{ folder: string, remove: () => void }}
 */
export function extensionFor(hub, models) {
  const folder = mkdtempSync(join(tmpdir(), "chord-extension-"));
  cpSync(extensionDir, folder, { recursive: true });
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const policy = manifest.content_security_policy.extension_pages;
  manifest.content_security_policy.extension_pages = policy.replace(
    /connect-src [^;]*/,
    `connect-src 'self' ${hub.url} ${hub.storageUrl}`,
  );
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  if (models) writeFileSync(join(folder, "models.json"), JSON.stringify({ models }, null, 2));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * A catalogue's entry for a file that a hub offers.
 * @param {{ repository: string, file: string, size: number, digest?: string, name: string }} offered
 * @param {object} [change]
 */
export const entry = ({ repository, file, size, digest, name }, change = {}) => ({
  id: name.toLowerCase().replaceAll(" ", "-"),
  name,
  repository,
  revision: "main",
  file,
  size,
  ...(digest && { sha256: digest }),
  licence: "MIT",
  licenceUrl: "https://opensource.org/license/mit",
  context: 512,
  languages: "en",
  kvBytesPerToken: 1024,
  quality: 1,
  goodAt: { en: "Saying one paragraph." },
  ...change,
});
