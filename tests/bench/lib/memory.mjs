// How much memory a process has held at most, where the system says so (Linux).
import { readFileSync, writeFileSync } from "node:fs";

/** The most that a process has held since it began or since `forget`, in MB; null where nobody knows. */
export function peakMb(pid) {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kib ? (Number(kib) * 1024) / 1e6 : null;
  } catch {
    return null; // another system, or the process has ended
  }
}

/** Begins anew. */
export function forget(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // As above; peaks are then those since the process began.
  }
}

/** The browser's processes that run pages and workers. @param {import("../../../scripts/lib/chrome.mjs").Chrome} chrome */
async function renderers({ cdp }) {
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

/** @param {import("../../../scripts/lib/chrome.mjs").Chrome} chrome */
export async function forgetAll(chrome) {
  for (const pid of await renderers(chrome)) forget(pid);
}

/** The most that any of them has held: that is the one with the model. @param {import("../../../scripts/lib/chrome.mjs").Chrome} chrome */
export async function greatestMb(chrome) {
  const peaks = (await renderers(chrome)).map(peakMb).filter((peak) => peak !== null);
  return peaks.length > 0 ? Math.max(...peaks) : null;
}
