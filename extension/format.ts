// Numbers with units and sane rounding.

import { number, t } from "./i18n";
import type { GenerateResult } from "./protocol";

export const percent = (part: number, whole: number) =>
  number(whole > 0 ? Math.floor((100 * part) / whole) / 100 : 0, { style: "percent" });

/** "31 tok/s · 0.4 s to first word" */
export function speed(result: GenerateResult): string {
  const rate = result.decodeTokensPerSecond;
  const parts = [];
  if (Number.isFinite(rate) && rate > 0) parts.push(tokenRate(rate));
  if (result.firstTokenMs > 0) parts.push(t("to_first_word", duration(result.firstTokenMs)));
  return parts.join(" · ");
}

/** "31 tok/s" */
export const tokenRate = (rate: number) => t("tokens_per_second", rate < 10 ? tenths(rate) : whole(rate));

function duration(ms: number): string {
  if (ms < 50) return t("under_seconds", tenths(0.1));
  return t("seconds", ms < 10_000 ? tenths(ms / 1000) : whole(ms / 1000));
}

const whole = (value: number) => number(value, { maximumFractionDigits: 0 });
const tenths = (value: number) => number(value, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

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
  return `${value < 9.95 ? tenths(value) : whole(value)} ${units[unit]}`;
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
  if (seconds < 60) return t("seconds_left", whole(Math.max(1, seconds)));
  return seconds < 5400 ? t("minutes_left", whole(seconds / 60)) : t("hours_left", whole(seconds / 3600));
}
