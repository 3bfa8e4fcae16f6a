// What the script in a page tells of it. It shares its process with the page, so what comes from it is checked.

import * as v from "valibot";
import { MAX_CHARS, MAX_PARAGRAPHS } from "./limits";

const Paragraph = v.object({
  text: v.pipe(v.string(), v.maxLength(MAX_CHARS)),
  kind: v.picklist(["text", "heading", "item", "quote", "caption", "row", "code"]),
  links: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});

export const PageText = v.object({
  /** Names this reading: places in it mean nothing in a later one. */
  reading: v.number(),
  url: v.pipe(v.string(), v.maxLength(65_536)),
  title: v.pipe(v.string(), v.maxLength(10_000)),
  site: v.pipe(v.string(), v.maxLength(1000)),
  lang: v.pipe(v.string(), v.maxLength(100)),
  found: v.boolean(),
  /** Whether the page had more than this. */
  cut: v.boolean(),
  paragraphs: v.pipe(v.array(Paragraph), v.maxLength(MAX_PARAGRAPHS)),
});
/** A page's text, paragraph by paragraph; ¶ 1 is the first. */
export type PageText = v.InferOutput<typeof PageText>;
export type Paragraph = v.InferOutput<typeof Paragraph>;

/** A place in a page: characters of a paragraph's text, the first paragraph being 0. */
export interface Place {
  paragraph: number;
  from: number;
  to: number;
}

export function parsePageText(value: unknown): PageText | null {
  const result = v.safeParse(PageText, value);
  return result.success ? result.output : null;
}
