// Starts the engine where the person wants it. Nobody is left without one because there is no GPU: it runs on the processor
// then, and says why.

import { createEngine, type EngineStatus, type StartedEngine } from "chord-engine";
import { computeOn, engineOptions } from "./options";

type NoGpu = NonNullable<EngineStatus["noGpu"]>;
const WHY = ["no_webgpu", "no_adapter", "software", "failed"] as const satisfies readonly NoGpu["code"][];

export interface Started {
  engine: StartedEngine;
  status: () => EngineStatus;
}

export async function startEngine(workerName: string): Promise<Started> {
  const options = engineOptions(workerName);
  try {
    return started(await createEngine(options));
  } catch (error) {
    const noGpu = whyNoGpu(error);
    // One that was put into the query is measured, and nothing in its place.
    if (computeOn(workerName) !== "gpu" || !noGpu) throw error;
    const { build: _, ...rest } = options;
    return started(await createEngine({ ...rest, gpu: false }), noGpu);
  }
}

function started(engine: StartedEngine, noGpu?: NoGpu): Started {
  const status = (): EngineStatus => {
    // Its properties change, and some are not to be copied.
    const { build, threads, reason, gpu } = engine;
    const why = noGpu ?? engine.noGpu;
    return { build, threads, ...(reason !== undefined && { reason }), ...(gpu && { gpu }), ...(why && { noGpu: why }) };
  };
  return { engine, status };
}

function whyNoGpu(error: unknown): NoGpu | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = WHY.find((one) => one === (error as { code?: unknown }).code);
  return code && { code, message: error.message };
}
