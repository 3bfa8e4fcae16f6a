// Which of the stored models is meant.

import type { ModelRecord } from "./protocol";

/** The chosen model; the one added last where none is chosen or the chosen one was deleted. */
export function pickModel(models: readonly ModelRecord[], chosen: string | null): ModelRecord | undefined {
  return (
    models.find((model) => model.id === chosen) ??
    models.reduce<ModelRecord | undefined>(
      (last, model) => (last && last.addedAt >= model.addedAt ? last : model),
      undefined,
    )
  );
}
