// How the engine is to run. A worker has no other word from its beginning on than its name, so it stands there: the person's
// choice, and what a test or a benchmark has put into the offscreen document's query.

import type { EngineOptions } from "chord-engine";
import { COMPUTE_ON, type ComputeOn } from "../protocol";

const BUILDS = ["simd", "threads", "gpu"] as const;

/** `chord-engine?computeOn=cpu`, with what `query` says beside. */
export function workerName(name: string, computeOn: ComputeOn, query = ""): string {
  const words = new URLSearchParams(query);
  words.set("computeOn", computeOn);
  return `${name}?${words}`;
}

const said = (workerName: string) => new URLSearchParams(workerName.split("?")[1]);

/** Where the person wants models to run. */
export function computeOn(workerName: string): ComputeOn {
  const word = said(workerName).get("computeOn");
  return COMPUTE_ON.find((one) => one === word) ?? "auto";
}

/** Reads `chord-engine?build=threads&threads=2`; what is missing or makes no sense is left to the engine. */
export function engineOptions(workerName: string): EngineOptions {
  const query = said(workerName);
  const options: EngineOptions = {};
  const on = computeOn(workerName);
  const build = BUILDS.find((one) => one === query.get("build"));
  if (on === "cpu") options.gpu = false;
  // A GPU that has failed is let go, whoever named its build.
  if (build && !(on === "cpu" && build === "gpu")) options.build = build;
  else if (on === "gpu") options.build = "gpu";
  const threads = Number(query.get("threads"));
  if (Number.isInteger(threads) && threads > 0) options.threads = threads;
  if (query.get("softwareGpu") === "1") options.softwareGpu = true;
  return options;
}

/** Whether each answer is to say where its time went: `chord-engine?profile=1`. */
export const wantsProfile = (workerName: string): boolean => said(workerName).get("profile") === "1";
