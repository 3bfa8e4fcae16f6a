// Numbers with units and sane rounding.

import type { EngineStatus, GenerateResult } from "./protocol";

export const percent = (part: number, whole: number) => `${whole > 0 ? Math.floor((100 * part) / whole) : 0}%`;

/** "31 tok/s · 0.4 s to first word" */
export function speed(result: GenerateResult): string {
  const rate = result.decodeTokensPerSecond;
  const parts = [];
  if (Number.isFinite(rate) && rate > 0)
    parts.push(`${rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString("en")} tok/s`);
  if (result.firstTokenMs > 0) parts.push(`${duration(result.firstTokenMs)} to first word`);
  return parts.join(" · ");
}

function duration(ms: number): string {
  if (ms < 50) return "under 0.1 s";
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** 398 MB, 1.2 GB; decimal, as disks and downloads are sold. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = n / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** 596M, 1.2B, 260K: how models are named. */
export function parameters(n: number): string {
  if (n >= 999.5e6) return `${trim(n / 1e9)}B`;
  if (n >= 999.5e3) return `${trim(n / 1e6)}M`;
  return n >= 1000 ? `${trim(n / 1e3)}K` : `${n}`;
}

const trim = (value: number) => (value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : `${Math.round(value)}`);

/** "2 min left" */
export function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min left` : `${Math.round(seconds / 3600)} h left`;
}

/** What the engine runs on, and why it is not more. */
export function engineLine({ build, threads, reason }: EngineStatus): string {
  const count = threads === 1 ? "one thread" : `${threads} threads`;
  const runs = `The engine runs on ${count} with ${build === "threads" ? "relaxed SIMD" : "SIMD128"}`;
  return reason ? `${runs}: ${reason}.` : `${runs}.`;
}
