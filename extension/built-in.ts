// The model that comes with the extension: it turns texts into vectors, for summaries and for finding things in a page.

import { ChordError } from "./errors";

export const BUILT_IN = { name: "all-MiniLM-L6-v2", path: "models/all-MiniLM-L6-v2.Q8_0.gguf" } as const;

/** Its file, out of the extension's own package; the bytes are read as they are needed. */
export async function builtInModel(): Promise<Blob> {
  // A file that is not in the package is refused like one that may not be read.
  const response = await fetch(new URL(`/${BUILT_IN.path}`, location.origin)).catch(() => null);
  if (!response?.ok) throw new ChordError("no_built_in_model");
  return response.blob();
}
