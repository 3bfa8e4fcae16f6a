// What people read, in their language: Chrome chooses among extension/_locales by its own, and falls back to English.
//
// A message's `$1`…`$9` are filled with `values`; a literal dollar is written `$$`. What differs by number has a message for each
// of the language's plural categories: `x_one`, `x_other`.

import type { MessageKey } from "./_locales/keys";

type Base<K> = K extends `${infer B}_other` ? B : never;
export type PluralKey = Base<MessageKey>;
export type Key = MessageKey;

/** The message, its placeholders filled. */
export function t(key: MessageKey, ...values: (string | number)[]): string {
  return chrome.i18n.getMessage(key, values.map(String));
}

/** The message for `count`, which is its `$1`, written with the language's separators; `values` are `$2` and on. */
export function plural(key: PluralKey, count: number, ...values: (string | number)[]): string {
  const category = rules().select(count);
  const filled = [number(count), ...values].map(String);
  // A category that this language's file does not tell apart is "other".
  return chrome.i18n.getMessage(`${key}_${category}`, filled) || chrome.i18n.getMessage(`${key}_other`, filled);
}

/** The message cut at its placeholders, with nodes in their places: `["Press ", <kbd>Alt</kbd>, "."]`. */
export function around<T>(key: MessageKey, ...nodes: T[]): (string | T)[] {
  // A character that no message has, with the node's index after it.
  const cut = t(key, ...nodes.map((_, i) => `\u{F8FF}${i}\u{F8FF}`)).split("\u{F8FF}");
  return cut.map((piece, i) => (i % 2 === 1 ? (nodes[Number(piece)] as T) : piece));
}

/** The language that is shown, as BCP 47 names it: for numbers, plurals, and a document's `lang`. */
export const locale = () => t("locale");

/** A number with the language's separators. */
export const number = (value: number, options?: Intl.NumberFormatOptions) => value.toLocaleString(locale(), options);

/** Says to the browser and to screen readers which language the page is in, and gives it its title. */
export function localizeDocument(title: string): void {
  document.documentElement.lang = locale();
  document.title = title;
}

let made: Intl.PluralRules | undefined;

function rules(): Intl.PluralRules {
  made ??= new Intl.PluralRules(locale());
  return made;
}
