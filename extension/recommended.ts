// What the makers of a stored model recommend: found by its file's digest, else by the family that its name begins with.

import type { CatalogueModel } from "./catalogue";
import type { ModelRecord, Sampling } from "./protocol";

/** Of one name's spellings: "Llama-3.2-1B-Instruct" and "Llama 3.2 1B". */
const plain = (name: string) =>
  `${name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()} `;

/** "Qwen3 0.6B" is one of "Qwen3". */
const family = ({ name }: CatalogueModel) => plain(name.replace(/\s+\S+$/, ""));

export function recommendedSampling(
  record: ModelRecord,
  catalogue: readonly CatalogueModel[],
): Partial<Sampling> | undefined {
  const known = catalogue.find(({ sha256 }) => sha256 !== undefined && record.digests?.includes(sha256));
  const names = [record.info.name, record.name].map(plain);
  const model = known ?? catalogue.find((one) => one.sampling && names.some((name) => name.startsWith(family(one))));
  if (!model?.sampling) return undefined;
  const { source, ...sampling } = model.sampling;
  return sampling;
}

/** The models as the surfaces get them. */
export const withRecommended = (models: readonly ModelRecord[], catalogue: readonly CatalogueModel[]): ModelRecord[] =>
  models.map((model) => {
    const sampling = recommendedSampling(model, catalogue);
    return sampling ? { ...model, sampling } : model;
  });
