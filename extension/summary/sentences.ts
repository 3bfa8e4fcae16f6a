// The sentences of a page that a summary may be made of. Pure.

import type { PageText, Paragraph, Place } from "../reading/messages";
import { countWords, sentencesOf } from "../reading/sentences";

export interface Sentence {
  text: string;
  place: Place;
  words: number;
}

// Fewer words say too little alone, more are hard to take in; a third of the length of the longest novel's.
const FEWEST_WORDS = 6;
const MOST_WORDS = 60;
/** Mostly links: a list of what else there is. */
const MOST_LINKS = 0.5;

/** What pages say around their articles, in the languages that most pages are in. */
const AROUND =
  /\b(?:subscribe|newsletter|sign (?:up|in)|log ?in|cookies?|privacy policy|terms of (?:use|service)|all rights reserved|copyright|click here|read (?:more|next|also)|related (?:articles?|stories)|share (?:this|on)|follow us|advertis(?:e|ement|ing)|sponsored|affiliate|photo(?:graph)? (?:by|credit|:)|image credit|getty images|abonnieren|newsletter anmelden|alle rechte vorbehalten|abonnez-vous|tous droits réservés|suscríbete)\b|©|^(?:by|von|par|por) \p{Lu}|版权所有|责任编辑|点击/iu;

/** Headings of what stands behind an article. */
const BEHIND =
  /^(?:\d+\.?\s+)?(?:(?:informative|normative|general)\s+)?(?:references|notes(?: and references)?|citations|footnotes|bibliography|works cited|further reading|external links|see also|sources|einzelnachweise|literatur|weblinks|siehe auch|références|notes et références|voir aussi|liens externes|referencias|véase también|enlaces externos|参考文献|脚注|外部リンク|外部链接|参见)(?:\s*\[.*\])?$/iu;
/** An entry of a list of works, or an address. */
const WORK = /^\[|https?:\/\/|\bdoi\b|\bISBN\b|\bISSN\b/;

/** Sentences that lean on the one before. */
const LEANING =
  /^["“]?(?:but|and|so|or|yet|however|still|also|then|thus|hence|therefore|moreover|he|she|it|they|this|that|these|those|such|his|her|their|its)\b/i;

/** All sentences worth a thought, in the order of the page. */
export function sentencesIn(page: PageText): Sentence[] {
  const seen = new Set<string>();
  const sentences: Sentence[] = [];
  let behind = false;
  for (const [paragraph, { text, kind, links }] of page.paragraphs.entries()) {
    if (BEHIND.test(text)) behind = true;
    else if (kind === "heading") behind = false;
    if (behind) continue;
    if (kind === "heading" || kind === "caption" || kind === "code" || kind === "row" || links > MOST_LINKS) continue;
    for (const { from, to } of sentencesOf(text, page.lang)) {
      const said = text.slice(from, to);
      const words = countWords(said);
      if (words < FEWEST_WORDS || words > MOST_WORDS || !isSentence(said) || AROUND.test(said) || WORK.test(said))
        continue;
      const key = said.toLowerCase();
      if (seen.has(key)) continue; // a pull quote
      seen.add(key);
      sentences.push({ text: said, place: { paragraph, from, to }, words });
    }
  }
  return sentences;
}

/** Ends like one, begins like one, and is written in words rather than in figures and signs. */
function isSentence(text: string): boolean {
  if (!/[.!。！।؟۔][\p{Pf}\p{Pe}"'\]\d[]*$/u.test(text)) return false; // a question says nothing, a colon ends nothing
  if (/^[\p{Ll}\p{Pe},;:]/u.test(text)) return false;
  const letters = text.match(/[\p{L}\p{M}\s]/gu)?.length ?? 0;
  if (letters < text.length * 0.75) return false;
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
  // Titles are written with capitals too, one a word.
  const long = text.match(/\p{L}{4,}/gu) ?? [];
  const titled = long.filter((word) => /^\p{Lu}/u.test(word)).length;
  return capitals < text.length * 0.4 && titled <= long.length * 0.7;
}

export const leans = (sentence: Sentence) => LEANING.test(sentence.text);

/** A page that has no sentences (a list, a table, a poem) has its paragraphs. */
export function paragraphsIn(page: PageText): Sentence[] {
  const usable = ({ kind, links }: Paragraph) => kind !== "heading" && links <= MOST_LINKS;
  return page.paragraphs.flatMap((paragraph, i) => {
    const words = countWords(paragraph.text);
    if (!usable(paragraph) || words < 3 || words > MOST_WORDS) return [];
    return [{ text: paragraph.text, place: { paragraph: i, from: 0, to: paragraph.text.length }, words }];
  });
}
