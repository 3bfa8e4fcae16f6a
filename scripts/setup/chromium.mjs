// Chromium (or Chrome) and the chromedriver of the same major version.
import { join } from "node:path";
import { aptInstall, canInstall } from "../lib/apt.mjs";
import { UserError } from "../lib/log.mjs";
import { capture, isExecutable, which } from "../lib/run.mjs";

export const title = "Chromium";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** @typedef {{ path: string, name: string, version: string, driver: string | undefined }} Browser */

export async function check() {
  if (process.env.CHROME_PATH && !isExecutable(process.env.CHROME_PATH)) {
    throw new UserError(
      `CHROME_PATH is ${process.env.CHROME_PATH}, which is not a program; point it at Chrome or Chromium, or unset it.`,
    );
  }
  const browser = await findBrowser();
  return browser?.driver ? `${browser.name} ${browser.version}` : undefined;
}

export async function install() {
  if (!canInstall()) {
    throw new UserError(
      "Chromium or its driver is missing: install both (on Debian: apt-get install chromium chromium-driver), or set CHROME_PATH and CHROMEDRIVER, and run this again.",
    );
  }
  await aptInstall(["chromium", "chromium-driver"]);
  const browser = await findBrowser();
  if (!browser?.driver) {
    throw new UserError(
      "Chromium was installed, but no chromedriver of the same version is found; set CHROME_PATH and CHROMEDRIVER to a pair of one version and run this again.",
    );
  }
  return `${browser.name} ${browser.version}`;
}

/**
 * The first browser that has a driver of its own version, else the first browser.
 * @returns {Promise<Browser | undefined>}
 */
export async function findBrowser() {
  const paths = process.env.CHROME_PATH
    ? [process.env.CHROME_PATH]
    : [...NAMES.map(which), ...MAC.filter(isExecutable)];
  const drivers = await findDrivers();
  let first;
  for (const path of paths) {
    if (!path) continue;
    const browser = parseVersion(await capture(path, ["--version"]));
    if (!browser) continue;
    const driver = drivers.find((d) => major(d.version) === major(browser.version))?.path;
    const found = {
      path,
      name: browser.name,
      version: browser.version,
      driver,
    };
    if (driver) return found;
    first ??= found;
  }
  return first;
}

/** The browser, where set-up has been run. */
export async function requireBrowser() {
  const browser = await findBrowser();
  if (!browser) throw new UserError("No Chromium is found: run `npm run setup`.");
  return browser;
}

async function findDrivers() {
  const { CHROMEDRIVER, CHROMEWEBDRIVER } = process.env; // the second is a folder; GitHub's machines set it
  const candidates = [
    CHROMEDRIVER,
    CHROMEWEBDRIVER && join(CHROMEWEBDRIVER, "chromedriver"),
    which("chromedriver"),
    "/usr/bin/chromedriver",
    "/usr/lib/chromium/chromedriver",
  ];
  const drivers = [];
  for (const path of new Set(candidates)) {
    if (!path || !isExecutable(path)) continue;
    const parsed = parseVersion(await capture(path, ["--version"]));
    if (parsed) drivers.push({ path, version: parsed.version });
  }
  return drivers;
}

const major = (version) => version.split(".")[0];

/** Reads "Chromium 156.0.8078.79 built on Debian", "Google Chrome 150.0.1.2", "ChromeDriver 156.0.8078.79 (…)". */
export function parseVersion(text) {
  const match = text?.match(/(Google Chrome|Chromium|ChromeDriver)[A-Za-z ]* (\d+(?:\.\d+)+)/);
  return match ? { name: match[1], version: match[2] } : undefined;
}
