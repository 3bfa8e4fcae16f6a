// What the assistant can do with a selection, by name.

import { locale, t } from "./i18n";

export const ACTIONS = [
  "summarize",
  "rewrite",
  "shorten",
  "lengthen",
  "formal",
  "casual",
  "simplify",
  "proofread",
  "explain",
  "translate",
  "continue",
  "reply",
] as const;
export type Action = (typeof ACTIONS)[number];

export const titleOf = (action: Action) => t(`action_${action}`);

/** Ways to rewrite, listed under it. */
export const REWRITES = ["shorten", "lengthen", "formal", "casual", "simplify"] as const satisfies Action[];

/** Those of the first rank. */
export const MAIN_ACTIONS = [
  "summarize",
  "rewrite",
  "proofread",
  "explain",
  "translate",
  "continue",
  "reply",
] as const satisfies Action[];

/** Actions whose answer goes on from the selection instead of standing for it. */
export const goesBelow = (action: Action | null) => action === "continue" || action === "reply";

/** Whether the answer is to be read, not to stand in the text's place. */
export const isReading = (job: Job) => job.kind === "own" || job.action === "summarize" || job.action === "explain";

/** Languages that small models translate into passably, by the names that a model is told, with their codes in BCP 47. */
const CODES = {
  Arabic: "ar",
  Chinese: "zh",
  Dutch: "nl",
  English: "en",
  French: "fr",
  German: "de",
  Hindi: "hi",
  Italian: "it",
  Japanese: "ja",
  Korean: "ko",
  Polish: "pl",
  Portuguese: "pt",
  Russian: "ru",
  Spanish: "es",
  Turkish: "tr",
  Ukrainian: "uk",
  Vietnamese: "vi",
} as const;
export type Language = keyof typeof CODES;
export const LANGUAGES = Object.keys(CODES) as Language[];

/** The language's name for people. */
export const languageName = (language: Language) =>
  new Intl.DisplayNames(locale(), { type: "language" }).of(CODES[language]) ?? language;

/** A prompt of the person's own. */
export interface OwnPrompt {
  id: string;
  name: string;
  /** May hold {{selection}}, {{title}} and {{page}}. */
  text: string;
}

/** What is to be done with a selection. */
export type Job =
  | { kind: "action"; action: Action; language: Language }
  | { kind: "own"; prompt: OwnPrompt; title: string; page: string };

export const jobTitle = (job: Job) =>
  job.kind === "own" ? job.prompt.name || t("panel_untitled") : titleOf(job.action);
