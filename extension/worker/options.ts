// How the engine is to run, where somebody says so: the offscreen document passes its query on in the worker's name.

import type { EngineOptions } from "chord-engine";

/** Reads `chord-engine?build=threads&threads=2`; what is missing or makes no sense is left to the engine. */
export function engineOptions(workerName: string): EngineOptions {
  const query = new URLSearchParams(workerName.split("?")[1]);
  const options: EngineOptions = {};
  const build = query.get("build");
  if (build === "simd" || build === "threads") options.build = build;
  const threads = Number(query.get("threads"));
  if (Number.isInteger(threads) && threads > 0) options.threads = threads;
  return options;
}

/** Whether each answer is to say where its time went: `chord-engine?profile=1`. */
export const wantsProfile = (workerName: string): boolean =>
  new URLSearchParams(workerName.split("?")[1]).get("profile") === "1";
