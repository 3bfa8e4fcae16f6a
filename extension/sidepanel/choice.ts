// What kind of summary the person wants, and whose: kept from one page to the next.

import * as v from "valibot";
import { KINDS, LENGTHS } from "../summary/points";

const KEY = "summary";

const Choice = v.object({
  kind: v.fallback(v.picklist(KINDS), "points"),
  length: v.fallback(v.picklist(LENGTHS), "medium"),
  /** The chosen model writes it; else its sentences are chosen by the built-in one. */
  written: v.fallback(v.boolean(), false),
});
export type Choice = v.InferOutput<typeof Choice>;

export const DEFAULT_CHOICE: Choice = { kind: "points", length: "medium", written: false };

export async function readChoice(): Promise<Choice> {
  const stored = v.safeParse(Choice, (await chrome.storage.local.get(KEY))[KEY] ?? {});
  return stored.success ? stored.output : DEFAULT_CHOICE;
}

export const saveChoice = (choice: Choice) => chrome.storage.local.set({ [KEY]: choice });
