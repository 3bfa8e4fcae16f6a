// For the compiler alone: what stands in for the engine must have the real one's interface.

import type { Engine as Real, Download as RealDownload } from "chord-engine";
import type { Engine as Mock, Download as MockDownload } from "./engine";

type Used =
  | "models"
  | "importModel"
  | "modelFiles"
  | "renameModel"
  | "verifyModel"
  | "deleteModel"
  | "downloads"
  | "beginDownload"
  | "resumeDownload"
  | "dropDownload"
  | "load"
  | "loadFile"
  | "unload"
  | "loaded"
  | "generate"
  | "embed"
  | "cancel";
type UsedOfDownload = "record" | "setEtag" | "write" | "flush" | "finishFile" | "restartFile" | "finish" | "free";
type Begins = "beginDownload" | "resumeDownload";
export const fits = (mock: Mock): Pick<Real, Exclude<Used, Begins>> => mock;
export const takes = (mock: MockDownload): Pick<RealDownload, UsedOfDownload> => mock;
