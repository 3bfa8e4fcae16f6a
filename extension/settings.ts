// The person's settings, in chrome.storage.local. Only trusted contexts (the extension's pages and the service worker) reach
// them; a content script is told what it needs by the service worker.

import * as v from "valibot";
import type { MessageKey } from "./_locales/keys";
import { LANGUAGES, type Language, type OwnPrompt } from "./actions";
import { COMPUTE_ON, type ModelRecord, type Sampling } from "./protocol";
import { DEFAULT_SAMPLING, EVERY_MODEL, type SamplingChanges, withoutChanges } from "./sampling";

const KEY = "settings";

/** What a number field accepts, and the words beside it. */
export interface NumberField {
  key: keyof Sampling;
  label: MessageKey;
  help: MessageKey;
  min: number;
  max: number;
  step: number;
}

export const NUMBER_FIELDS: readonly NumberField[] = [
  {
    key: "temperature",
    label: "chat_sampling_temperature",
    help: "chat_sampling_temperature_help",
    min: 0,
    max: 2,
    step: 0.1,
  },
  {
    key: "maxTokens",
    label: "chat_sampling_length",
    help: "chat_sampling_length_help",
    min: 1,
    max: 32768,
    step: 1,
  },
  {
    key: "topP",
    label: "chat_sampling_top_p",
    help: "chat_sampling_top_p_help",
    min: 0,
    max: 1,
    step: 0.05,
  },
  {
    key: "topK",
    label: "chat_sampling_top_k",
    help: "chat_sampling_top_k_help",
    min: 0,
    max: 1000,
    step: 1,
  },
  {
    key: "minP",
    label: "chat_sampling_min_p",
    help: "chat_sampling_min_p_help",
    min: 0,
    max: 1,
    step: 0.01,
  },
  {
    key: "repetitionPenalty",
    label: "chat_sampling_repetition",
    help: "chat_sampling_repetition_help",
    min: 0.5,
    max: 2,
    step: 0.05,
  },
];

/** What of `stored` a field accepts: a value that does not fit (an older version's, a damaged one) costs only itself. */
function accepted(stored: unknown): Partial<Sampling> {
  const values = (stored ?? {}) as Partial<Record<keyof Sampling, unknown>>;
  const fits = NUMBER_FIELDS.flatMap(({ key, min, max, step }) => {
    const value = values[key];
    const fit = typeof value === "number" && value >= min && value <= max && (step !== 1 || Number.isInteger(value));
    return fit ? [[key, value]] : [];
  });
  return Object.fromEntries(fits);
}

/** By the model's id. Up to version 0.1 there was one set for all models: what differs from its defaults holds for all. */
const Changes = v.pipe(
  v.record(v.string(), v.unknown()),
  v.transform((stored): SamplingChanges => {
    const entries = Object.entries(stored);
    if (entries.some(([, value]) => typeof value === "object"))
      return Object.fromEntries(entries.map(([id, values]) => [id, accepted(values)]));
    const old = Object.entries(accepted(stored)).filter(
      ([key, value]) => value !== DEFAULT_SAMPLING[key as keyof Sampling],
    );
    return old.length > 0 ? { [EVERY_MODEL]: Object.fromEntries(old) } : {};
  }),
);

/** Caps on a prompt of the person's own: the fields of the options page keep to them. */
export const MAX_PROMPTS = 50;
export const MAX_PROMPT_NAME = 60;
export const MAX_PROMPT_TEXT = 4000;

const OwnPrompts = v.pipe(
  v.array(
    v.object({
      id: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
      name: v.pipe(v.string(), v.maxLength(MAX_PROMPT_NAME)),
      text: v.pipe(v.string(), v.maxLength(MAX_PROMPT_TEXT)),
    }),
  ),
  v.maxLength(MAX_PROMPTS),
);

export const Settings = v.object({
  modelId: v.fallback(v.nullable(v.string()), null),
  systemPrompt: v.fallback(v.string(), ""),
  /** What was changed of how models answer. */
  sampling: v.fallback(Changes, {}),
  ownPrompts: v.fallback(OwnPrompts, []),
  translateTo: v.fallback(v.picklist(LANGUAGES), "English"),
  computeOn: v.fallback(v.picklist(COMPUTE_ON), "auto"),
});
export type Settings = v.InferOutput<typeof Settings>;

export const DEFAULT_SETTINGS: Settings = {
  modelId: null,
  systemPrompt: "",
  sampling: {},
  ownPrompts: [],
  translateTo: "English",
  computeOn: "auto",
};

/** What the assistant in a page is told of them. */
export interface AssistantSettings {
  modelId: string | null;
  sampling: SamplingChanges;
  ownPrompts: OwnPrompt[];
  translateTo: Language;
}

/** As `settings`, with `model` answering as it was meant to. */
export const withModelDefaults = (settings: Settings, model: ModelRecord | undefined): Settings => ({
  ...settings,
  sampling: withoutChanges(settings.sampling, model),
});

export function parseSettings(stored: unknown): Settings {
  const result = v.safeParse(Settings, stored ?? {});
  return result.success ? result.output : DEFAULT_SETTINGS;
}

export async function readSettings(): Promise<Settings> {
  return parseSettings((await chrome.storage.local.get(KEY))[KEY]);
}

// Changes are applied one after another, so that two quick ones do not overwrite each other.
let writing: Promise<unknown> = Promise.resolve();

export function changeSettings(change: (settings: Settings) => Settings): Promise<void> {
  const write = async () => chrome.storage.local.set({ [KEY]: change(await readSettings()) });
  const done = writing.then(write, write);
  writing = done;
  return done;
}

/** Calls `listener` when any surface changes the settings; returns how to stop. */
export function onSettingsChanged(listener: (settings: Settings) => void): () => void {
  const heard = (changes: Record<string, chrome.storage.StorageChange>, area: string) => {
    if (area === "local" && changes[KEY]) listener(parseSettings(changes[KEY].newValue));
  };
  chrome.storage.onChanged.addListener(heard);
  return () => chrome.storage.onChanged.removeListener(heard);
}
