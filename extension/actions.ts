// What the assistant can do with a selection, by name.

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

export const TITLES: Record<Action, string> = {
  summarize: "Summarize",
  rewrite: "Rewrite",
  shorten: "Shorter",
  lengthen: "Longer",
  formal: "Formal",
  casual: "Casual",
  simplify: "Simpler",
  proofread: "Proofread",
  explain: "Explain",
  translate: "Translate",
  continue: "Continue",
  reply: "Reply",
};

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

/** Languages that small models translate into passably. */
export const LANGUAGES = [
  "Arabic",
  "Chinese",
  "Dutch",
  "English",
  "French",
  "German",
  "Hindi",
  "Italian",
  "Japanese",
  "Korean",
  "Polish",
  "Portuguese",
  "Russian",
  "Spanish",
  "Turkish",
  "Ukrainian",
  "Vietnamese",
] as const;
export type Language = (typeof LANGUAGES)[number];

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

export const jobTitle = (job: Job) => (job.kind === "own" ? job.prompt.name : TITLES[job.action]);
