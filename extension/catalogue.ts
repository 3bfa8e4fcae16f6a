// Models that are known to be good, and which of them suits this computer.

import * as v from "valibot";
import { bytes } from "./format";
import { fileUrl } from "./hub";
import { locale, number, plural, t } from "./i18n";

const nonEmpty = v.pipe(v.string(), v.minLength(1));
const between = (low: number, high: number) => v.pipe(v.number(), v.minValue(low), v.maxValue(high));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

export const CatalogueModel = v.strictObject({
  id: nonEmpty,
  name: nonEmpty,
  /** "owner/name" on the hub. */
  repository: v.pipe(v.string(), v.regex(/^[\w.-]+\/[\w.-]+$/)),
  /** The commit that the size and the digest are of; "main" where it is not known. */
  revision: v.pipe(v.string(), v.regex(/^(main|[0-9a-f]{40})$/)),
  file: v.pipe(v.string(), v.endsWith(".gguf")),
  /** Bytes. */
  size: count,
  sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  licence: nonEmpty,
  licenceUrl: v.pipe(v.string(), v.startsWith("https://")),
  /** Tokens it was trained for. */
  context: count,
  /** The only one, as BCP 47 names it; or how many. */
  languages: v.union([v.pipe(v.string(), v.regex(/^[a-z]{2}$/)), v.literal("many"), count]),
  /** Keys and values of one token in 16-bit floats: 2 · 2 · layers with attention · KV heads · head size, of the model's configuration. */
  kvBytesPerToken: count,
  /** How good its answers are among these, by the judgement of those who made the list: higher is better. */
  quality: count,
  /** How its makers say it answers best, and where they say so. What they leave out is as for any model. */
  sampling: v.optional(
    v.strictObject({
      temperature: v.exactOptional(between(0, 2)),
      topP: v.exactOptional(between(0, 1)),
      topK: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000))),
      minP: v.exactOptional(between(0, 1)),
      repetitionPenalty: v.exactOptional(between(0.5, 2)),
      source: v.pipe(v.string(), v.startsWith("https://")),
    }),
  ),
  /** A sentence in each language of the interface; English stands for those that are not there. */
  goodAt: v.objectWithRest({ en: nonEmpty }, nonEmpty),
});
export type CatalogueModel = v.InferOutput<typeof CatalogueModel>;

export const Catalogue = v.strictObject({ models: v.array(CatalogueModel) });

/** Reads the list that comes with the extension. */
export async function readCatalogue(url: string): Promise<CatalogueModel[]> {
  return v.parse(Catalogue, await (await fetch(url)).json()).models;
}

/** Where a model's file is, on the hub that the manifest names first. */
export const catalogueUrl = (model: CatalogueModel, hub: string): string =>
  fileUrl({ hub, repository: model.repository, revision: model.revision, path: model.file });

export const goodAt = (model: CatalogueModel): string => model.goodAt[locale()] ?? model.goodAt.en;

/** "English", "8 languages" */
export function languages({ languages }: CatalogueModel): string {
  if (languages === "many") return t("models_languages_many");
  if (typeof languages === "number") return t("models_languages", number(languages));
  return new Intl.DisplayNames(locale(), { type: "language" }).of(languages) ?? languages;
}

export interface Machine {
  /** navigator.deviceMemory: a power of two, 8 at most whatever there is; undefined where the browser does not tell. */
  memoryGb: number | undefined;
  cores: number;
  /** Whether the engine computes on the graphics card here. */
  gpu: boolean;
  /** Bytes the browser would still store; undefined where it does not tell. */
  free: number | undefined;
}

const GB = 1e9;
/** Positions there is room for by default: the engine's own number. */
const POSITIONS = 4096;
/** Code, activations, a chunk on its way. */
const OVERHEAD = 150e6;
/** All that wasm can address, less what else it holds. */
const WASM_LIMIT = 3.8 * GB;
/** Of the computer's memory; the browser and everything else need the rest. */
const MEMORY_SHARE = 0.5;

/** Bytes of memory a model takes while it is loaded. */
export const memoryNeeded = (model: CatalogueModel): number =>
  model.size + model.kvBytesPerToken * Math.min(POSITIONS, model.context) + OVERHEAD;

/** `why`: a sentence. */
export type Fit = { fits: true } | { fits: false; why: string };

/** Whether a model runs here, and if not, why. */
export function fit(model: CatalogueModel, machine: Machine): Fit {
  const needed = memoryNeeded(model);
  const memory = machine.memoryGb === undefined ? undefined : machine.memoryGb * 2 ** 30;
  if (needed > WASM_LIMIT) return { fits: false, why: t("models_lacks_chrome", bytes(needed)) };
  if (memory !== undefined && needed > memory * MEMORY_SHARE)
    return { fits: false, why: t("models_lacks_memory", bytes(needed)) };
  if (machine.free !== undefined && model.size > machine.free)
    return { fits: false, why: t("models_lacks_disk", bytes(model.size), bytes(machine.free)) };
  return { fits: true };
}

/** Bytes of weights that this computer reads for each token and still writes faster than most people read, about five
 * words a second: every token reads them all, and a core gets through roughly this much a second. */
const BYTES_PER_CORE = 170e6;
const BYTES_WITH_GPU = 2.5 * GB;
const LEAST_BYTES = 300e6;

export interface Recommendation {
  model: CatalogueModel;
  /** A sentence. */
  why: string;
}

/** The best model that fits and stays quick; null when none fits. */
export function recommend(models: readonly CatalogueModel[], machine: Machine): Recommendation | null {
  const fitting = models.filter((model) => fit(model, machine).fits);
  const quick = machine.gpu ? BYTES_WITH_GPU : Math.max(LEAST_BYTES, machine.cores * BYTES_PER_CORE);
  const among = fitting.filter((model) => model.size <= quick);
  const best = (list: readonly CatalogueModel[]) =>
    list.reduce<CatalogueModel | null>((one, other) => (one && one.quality >= other.quality ? one : other), null);
  const model = best(among);
  if (model) return { model, why: t("models_best_on", hardware(machine)) };
  const smallest = fitting.reduce<CatalogueModel | null>(
    (one, other) => (one && one.size <= other.size ? one : other),
    null,
  );
  return smallest && { model: smallest, why: t("models_smallest") };
}

function hardware({ cores, gpu, memoryGb }: Machine): string {
  const processor = gpu ? t("models_gpu") : plural("models_cores", cores);
  if (memoryGb === undefined) return processor;
  return t("models_and_memory", processor, memoryGb >= 8 ? t("models_8_gb_or_more") : `${number(memoryGb)} GB`);
}

/** This computer, as far as the browser tells. */
export async function thisMachine(): Promise<Machine> {
  const { quota, usage } = await navigator.storage.estimate();
  return {
    memoryGb: (navigator as { deviceMemory?: number }).deviceMemory,
    cores: navigator.hardwareConcurrency,
    gpu: false, // the engine has no kernels for it yet
    free: quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage),
  };
}
