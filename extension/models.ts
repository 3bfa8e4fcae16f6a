// Which of the stored models is meant.

import type { ModelRecord } from "./protocol";

/** Those that write: an embedding model answers nothing. */
export function writers(models: readonly ModelRecord[]): ModelRecord[] {
  return models.filter((model) => model.info.kind !== "embedder");
}

/** The chosen model; the one added last where none is chosen or the chosen one was deleted. */
export function pickModel(stored: readonly ModelRecord[], chosen: string | null): ModelRecord | undefined {
  const models = writers(stored);
  return (
    models.find((model) => model.id === chosen) ??
    models.reduce<ModelRecord | undefined>(
      (last, model) => (last && last.addedAt >= model.addedAt ? last : model),
      undefined,
    )
  );
}
