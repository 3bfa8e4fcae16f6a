// npm packages: exactly those of package-lock.json.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { progress, UserError } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";

export const title = "npm packages";

export function check() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return undefined;
  return matches(installed, join(root, "package-lock.json")) ? "already there" : undefined;
}

/** True when all that the lock file wants is installed. Versions are compared: file times say nothing after a checkout. */
export function matches(installed, lock) {
  const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
  const have = packages(installed);
  return Object.entries(packages(lock)).every(([path, entry]) => {
    if (path === "" || (entry.optional && !have[path])) return true; // optional: another platform's binary
    return have[path]?.version === entry.version;
  });
}

export async function install() {
  const line = progress("Installing the npm packages …");
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const result = await run(command, [...first, "ci", "--no-fund", "--no-audit"], {
    output: "hide",
    onText: () => line.update("npm ci"),
  });
  const took = line.end();
  if (result.code !== 0) {
    console.error(result.text.trim());
    throw new UserError(
      "npm ci failed (its words are above); check that the npm registry can be reached and run this again.",
    );
  }
  return `installed in ${took}`;
}
