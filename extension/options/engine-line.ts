// What the engine runs on, and why it is not more, in sentences.

import { type Key, plural, t } from "../i18n";
import type { EngineStatus, Results } from "../protocol";

type Engine = Pick<Results["models"], "engine" | "gpuFailed">;

export function engineLine({ engine, gpuFailed }: Engine): string {
  if (engine.gpu) return gpuLine(engine.gpu);
  const line = processorLine(engine);
  if (gpuFailed) return `${line} ${failedLine(gpuFailed.code)} ${t("options_gpu_again")}`;
  const { noGpu } = engine;
  return noGpu ? `${line} ${t(`options_no_gpu_${noGpu.code}`, noGpu.message)}` : line;
}

/** What of a GPU is used, by its tier. */
const USES: Record<string, Key> = {
  base: "options_tier_base",
  subgroups: "options_tier_subgroups",
  f16: "options_tier_f16",
  subgroupsF16: "options_tier_subgroups_f16",
};

function gpuLine({ name, tier, software }: NonNullable<EngineStatus["gpu"]>): string {
  if (software) return t("options_on_software_gpu");
  const uses = t(USES[tier] ?? "options_tier_base");
  return name ? t("options_on_gpu", name, uses) : t("options_on_some_gpu", uses); // browsers tell little
}

function processorLine({ build, threads, reason }: EngineStatus): string {
  const line = plural("engine_runs", threads, build === "threads" ? "relaxed SIMD" : "SIMD128");
  return reason ? `${line}: ${reason}.` : `${line}.`;
}

const FAILED: Partial<Record<string, Key>> = {
  device_lost: "options_gpu_failed_device_lost",
  out_of_memory: "options_gpu_failed_out_of_memory",
  engine_crashed: "options_gpu_failed_engine_crashed",
};

const failedLine = (code: string) => t(FAILED[code] ?? "options_gpu_failed_engine_failed");
