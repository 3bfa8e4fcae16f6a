// How a model's next word is chosen: what holds for any model, what its makers recommend, and what the person changed.

import type { ModelRecord, Sampling } from "./protocol";

export const DEFAULT_SAMPLING: Sampling = {
  maxTokens: 512,
  temperature: 0.7,
  topK: 40,
  topP: 0.9,
  minP: 0.05,
  repetitionPenalty: 1,
};

/** What the person changed, by the model's id. Under `EVERY_MODEL` what holds for all that have nothing of their own. */
export type SamplingChanges = Record<string, Partial<Sampling>>;

/** No model's id: those are hexadecimal. */
export const EVERY_MODEL = "*";

export function samplingOf(changes: SamplingChanges, model: ModelRecord | undefined): Sampling {
  const own = model && changes[model.id];
  return { ...DEFAULT_SAMPLING, ...model?.sampling, ...changes[EVERY_MODEL], ...own };
}

/** Whether the person changed anything of how this model answers. */
export const isChanged = (changes: SamplingChanges, model: ModelRecord | undefined): boolean =>
  [EVERY_MODEL, model?.id ?? EVERY_MODEL].some((id) => Object.keys(changes[id] ?? {}).length > 0);

/** How long answers may be is a matter of the reader, not of the model. */
export function withChange(
  changes: SamplingChanges,
  model: ModelRecord | undefined,
  key: keyof Sampling,
  value: number,
): SamplingChanges {
  const id = key === "maxTokens" || !model ? EVERY_MODEL : model.id;
  return { ...changes, [id]: { ...changes[id], [key]: value } };
}

/** As its makers recommend; other models keep what is their own. */
export function withoutChanges(changes: SamplingChanges, model: ModelRecord | undefined): SamplingChanges {
  const gone = [EVERY_MODEL, model?.id];
  return Object.fromEntries(Object.entries(changes).filter(([id]) => !gone.includes(id)));
}
