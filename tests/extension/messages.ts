// The messages in English, as chrome.i18n gives them: Node has no such thing, and the unit tests read sentences.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";

export type Messages = Record<string, { message: string; description?: string }>;

export const LOCALES = join(import.meta.dirname, "../../extension/_locales");

/** The messages of a language, by the files they stand in. */
export function readMessages(language: string): Map<string, Messages> {
  const folder = join(LOCALES, language);
  return new Map(readdirSync(folder).map((file) => [file, JSON.parse(readFileSync(join(folder, file), "utf8"))]));
}

const english: Messages = Object.assign({}, ...readMessages("en").values());

export const i18n = {
  getMessage: (key: string, values: string[] = []) =>
    (english[key]?.message ?? "").replace(/\$(\$|[1-9])/g, (_, what: string) =>
      what === "$" ? "$" : (values[Number(what) - 1] ?? ""),
    ),
};

vi.stubGlobal("chrome", { i18n });
