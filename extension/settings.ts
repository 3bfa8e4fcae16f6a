// The person's settings, in chrome.storage.local. Only trusted contexts (the extension's pages and the service worker) reach
// them; a content script is told what it needs by the service worker.

import * as v from "valibot";
import { LANGUAGES, type Language, type OwnPrompt } from "./actions";
import type { Sampling } from "./protocol";

const KEY = "settings";

export const DEFAULT_SAMPLING: Sampling = {
  maxTokens: 512,
  temperature: 0.7,
  topK: 40,
  topP: 0.9,
  minP: 0.05,
  repetitionPenalty: 1,
};

/** What a number field accepts, and the words beside it. */
export interface NumberField {
  key: keyof Sampling;
  label: string;
  help: string;
  min: number;
  max: number;
  step: number;
}

export const NUMBER_FIELDS: readonly NumberField[] = [
  {
    key: "temperature",
    label: "Temperature",
    help: "Higher is more varied. 0 always takes the likeliest word.",
    min: 0,
    max: 2,
    step: 0.1,
  },
  {
    key: "maxTokens",
    label: "Maximum length",
    help: "Tokens in one answer; a token is about three quarters of a word.",
    min: 1,
    max: 32768,
    step: 1,
  },
  {
    key: "topP",
    label: "Top-p",
    help: "Leaves out the unlikely words beyond this share of probability. 1 is off.",
    min: 0,
    max: 1,
    step: 0.05,
  },
  {
    key: "topK",
    label: "Top-k",
    help: "Chooses among this many of the likeliest words. 0 is off.",
    min: 0,
    max: 1000,
    step: 1,
  },
  {
    key: "minP",
    label: "Min-p",
    help: "Leaves out words less likely than this share of the likeliest one. 0 is off.",
    min: 0,
    max: 1,
    step: 0.01,
  },
  {
    key: "repetitionPenalty",
    label: "Repetition penalty",
    help: "Makes words already used less likely. 1 is off.",
    min: 0.5,
    max: 2,
    step: 0.05,
  },
];

// A value that does not fit (an older version's, a damaged one) falls back to the default, field by field.
const number = (key: keyof Sampling) => {
  const field = NUMBER_FIELDS.find((f) => f.key === key);
  const low = field?.min ?? 0;
  const high = field?.max ?? 0;
  const kind = field?.step === 1 ? v.pipe(v.number(), v.integer()) : v.pipe(v.number(), v.finite());
  return v.fallback(v.pipe(kind, v.minValue(low), v.maxValue(high)), DEFAULT_SAMPLING[key]);
};

const SamplingSettings = v.object({
  maxTokens: number("maxTokens"),
  temperature: number("temperature"),
  topK: number("topK"),
  topP: number("topP"),
  minP: number("minP"),
  repetitionPenalty: number("repetitionPenalty"),
});

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
  sampling: v.fallback(SamplingSettings, DEFAULT_SAMPLING),
  ownPrompts: v.fallback(OwnPrompts, []),
  translateTo: v.fallback(v.picklist(LANGUAGES), "English"),
});
export type Settings = v.InferOutput<typeof Settings>;

export const DEFAULT_SETTINGS: Settings = {
  modelId: null,
  systemPrompt: "",
  sampling: DEFAULT_SAMPLING,
  ownPrompts: [],
  translateTo: "English",
};

/** What the assistant in a page is told of them. */
export interface AssistantSettings {
  modelId: string | null;
  sampling: Sampling;
  ownPrompts: OwnPrompt[];
  translateTo: Language;
}

/** As `settings`, with everything about answers as it was at first. */
export const withDefaultAnswers = (settings: Settings): Settings => ({
  ...settings,
  systemPrompt: DEFAULT_SETTINGS.systemPrompt,
  sampling: DEFAULT_SETTINGS.sampling,
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
