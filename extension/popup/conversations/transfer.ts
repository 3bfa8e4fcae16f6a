// Conversations as files: Markdown for people, JSON to take them elsewhere and back. Pure.

import * as v from "valibot";
import { plural, t } from "../../i18n";
import { isBusy } from "../conversation";
import type { AttachedPage } from "../page";
import { Saved, type SavedConversation } from "./store";

const FORMAT = "chord-conversations-1";
const MAX_TITLE = 80;

const File = v.object({ format: v.literal(FORMAT), conversations: v.array(Saved) });

export function titleOf({ name, exchanges }: Pick<SavedConversation, "name" | "exchanges">): string {
  const first = exchanges[0]?.question.trim().split("\n")[0] ?? "";
  return name.trim() || (first.length > MAX_TITLE ? `${first.slice(0, MAX_TITLE)}…` : first) || t("chat_new");
}

/** A name that every file system takes. */
export const fileName = (title: string, extension: string) =>
  `${
    title
      .replace(/[^\p{L}\p{N}._-]+/gu, " ")
      .trim()
      .slice(0, 60) || "conversation"
  }.${extension}`;

export function toMarkdown(conversation: SavedConversation): string {
  const parts = conversation.exchanges.map(({ question, page, answer, model }) => {
    const about = page ? ["", `*${pageLine(page)}* <${page.url}>`] : [];
    const asked = [...question.split("\n"), ...about].map((line) => `> ${line}`.trimEnd());
    return `${asked.join("\n")}\n\n${answer.trim()}\n\n*${model}*\n`;
  });
  return `# ${titleOf(conversation)}\n\n${parts.join("\n")}`;
}

/** "The lamp · the first 900 words" */
const pageLine = ({ title, words, cut }: AttachedPage) =>
  `${title || t("chat_untitled_page")} · ${cut ? plural("chat_page_cut", words) : plural("chat_page_words", words)}`;

export const toJson = (conversations: readonly SavedConversation[]) =>
  `${JSON.stringify({ format: FORMAT, conversations }, null, 2)}\n`;

/** The conversations of a file that `toJson` made; null when it is none. Answers that were under way end there. */
export function fromJson(text: string): SavedConversation[] | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const result = v.safeParse(File, json);
  if (!result.success) return null;
  return result.output.conversations.map((conversation) => ({
    ...conversation,
    exchanges: conversation.exchanges.map((exchange) => ({
      ...exchange,
      request: null,
      ...(isBusy(exchange) && { state: "stopped" as const }),
    })),
  }));
}

/** Those whose title or text has all words of `query`, in any case. */
export function matching(conversations: readonly SavedConversation[], query: string): SavedConversation[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return conversations.filter((conversation) => {
    const said = conversation.exchanges.flatMap(({ question, answer, page }) => [question, answer, page?.title ?? ""]);
    const text = [titleOf(conversation), ...said].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
