// Results over time: .github/benchmark-history.jsonl, a line for each recorded run.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import { InputError } from "../lib/log.mjs";
import { isObject } from "./json.mjs";

/** @typedef {{ value: number, kind: import("./units.mjs").Kind, spread: number | null }} Figure */
/** @typedef {{ id: string, cpu: string, cores: number, memory_gb: number, system: string }} Machine */
/**
 * @typedef {object} Run
 * @property {string} commit
 * @property {string} subject  what the commit says it does
 * @property {boolean} changed  whether the tree had changes that are in no commit
 * @property {string} date  when it was measured
 * @property {Machine} machine
 * @property {Record<string, Figure>} results  by the benchmark's id
 */

/** What this machine is; its id is the same for machines of one kind, and tells nothing of whose it is. @returns {Machine} */
export function machine() {
  const [{ model = "unknown" } = {}] = cpus();
  const about = {
    cpu: model.trim(),
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
  };
  return { id: createHash("sha256").update(JSON.stringify(about)).digest("hex").slice(0, 8), ...about };
}

/** The recorded runs, in the order in which they were. @param {string} path @returns {Run[]} */
export function readHistory(path) {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    let run;
    try {
      run = JSON.parse(line);
    } catch (error) {
      throw new InputError(`${path}, line ${i + 1}, is not JSON: ${error.message}.`);
    }
    if (!isObject(run) || !isObject(run.machine) || !isObject(run.results) || typeof run.commit !== "string")
      throw new InputError(`${path}, line ${i + 1}, is not a recorded run.`);
    return [/** @type {Run} */ (run)];
  });
}

/** @param {string} path @param {Run} run */
export function append(path, run) {
  appendFileSync(path, `${JSON.stringify(run)}\n`);
}

/** Four digits: more are noise. @param {import("./results.mjs").Result[]} results @returns {Record<string, Figure>} */
export function figures(results) {
  const short = (value) => Number(value.toPrecision(4));
  return Object.fromEntries(
    results.map(({ id, value, kind, spread }) => [
      id,
      { value: short(value), kind, spread: spread === null ? null : Number(spread.toFixed(4)) },
    ]),
  );
}
