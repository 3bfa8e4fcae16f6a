// For the compiler alone: what stands in for the engine must have the real one's interface.

import type { Engine as Real } from "chord-engine";
import type { Engine as Mock } from "./engine";

type Used =
  | "models"
  | "importModel"
  | "deleteModel"
  | "load"
  | "loadFile"
  | "unload"
  | "loaded"
  | "generate"
  | "embed"
  | "cancel";
export const fits = (mock: Mock): Pick<Real, Used> => mock;
