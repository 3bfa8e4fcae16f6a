// Sentences of a paragraph. The browser's segmenter (Unicode UAX #29) knows scripts and their stops; it does not know that
// "Dr." ends no sentence, so what it cuts wrongly is joined again. Pure.

export interface Span {
  from: number;
  to: number;
}

// Abbreviations that stand before something else: titles before a name, "p." before a number, "e.g." before an example.
const BEFORE =
  /(?:^|[\s("“‘[])(?:Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Fr|Sr|Sra|Hon|St|Gen|Col|Capt|Lt|Cmdr|Sgt|Maj|Gov|Sen|Rep|Pres|Mme|Mlle|Hr|Dhr|vs|cf|e\.g|i\.e|viz|approx|ca|fig|figs|no|nos|nr|vol|pp?|ch|sec|art|ed|eds|op|al|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|z\.B|d\.h|bzw|u\.a|p\.ex)\.$/i;
/** "J." before a surname, and "J. R. R."; not "Plan B." with nothing like a name around it. */
const INITIAL = /(?:^|[\s("“.])\p{Lu}\.$/u;
/** "U.S.", "a.m.", "Ph.D.": what follows may begin a sentence or not. */
const DOTTED = /(?:^|[\s("“])(?:\p{L}{1,2}\.){2,}$/u;
const STOPS = /[.!?…。！？؟।]["”’»)\]]*$/u;

/** "4][5] ", cut off from the stop and the bracket before it: notes belong to the sentence that they are for. */
const NOTES = /^[\p{L}\p{N} ]{1,12}\](?:\[[\p{L}\p{N} ]{1,12}\])*\s*/u;
/** Words that begin sentences and are no surnames. */
const BEGINS =
  /^["“‘(]?(?:It|He|She|They|We|You|The|This|That|These|Those|There|Then|But|And|So|In|On|At|If|When|As|For|An?|His|Her|Its|Their)\b/;

const segmenters = new Map<string, Intl.Segmenter>();

function segmenter(lang: string): Intl.Segmenter {
  let found = segmenters.get(lang);
  if (!found) {
    try {
      found = new Intl.Segmenter(lang, { granularity: "sentence" });
    } catch {
      found = new Intl.Segmenter("en", { granularity: "sentence" }); // a page may say anything of its language
    }
    segmenters.set(lang, found);
  }
  return found;
}

/** The sentences of `text`, without the white space around them; together they hold all the rest. */
export function sentencesOf(text: string, lang: string): Span[] {
  const spans: Span[] = [];
  for (const { index, segment } of segmenter(lang).segment(text)) {
    const last = spans.at(-1);
    const note = last && text[index - 1] === "[" ? NOTES.exec(segment)?.[0].length : undefined;
    if (last && note !== undefined) {
      last.to = index + note;
      spans.push({ from: last.to, to: index + segment.length });
    } else if (last && belongTogether(text.slice(last.from, last.to).trimEnd(), segment))
      last.to = index + segment.length;
    else spans.push({ from: index, to: index + segment.length });
  }
  return spans.map((span) => trimmed(text, span)).filter(({ from, to }) => to > from);
}

function belongTogether(before: string, after: string): boolean {
  const next = after.trimStart();
  // A closing mark, a note's number or a dash that was cut off.
  if (!/[\p{L}\p{N}]/u.test(next)) return true;
  if (/^(?:\[\d+\])+\s*$/.test(next)) return true;
  if (!STOPS.test(before)) return false; // a line's end in the text
  if (BEFORE.test(before)) return true;
  if (INITIAL.test(before)) return !BEGINS.test(next);
  if (DOTTED.test(before)) return /^[\p{Ll}\p{N}]/u.test(next);
  // "Yahoo! will", "3. maj": sentences begin with no small letter.
  return /^["“‘(]?\p{Ll}/u.test(next);
}

function trimmed(text: string, { from, to }: Span): Span {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(text[start] ?? "")) start += 1;
  while (end > start && /\s/.test(text[end - 1] ?? "")) end -= 1;
  return { from: start, to: end };
}

/** Words as a reader counts them; in scripts without spaces, two characters are about one. */
export function countWords(text: string): number {
  const unspaced = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0;
  const spaced = text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’.-]*/gu)?.filter((word) => !/^[\p{Script=Han}]/u.test(word));
  return Math.round(unspaced / 2) + (spaced?.length ?? 0);
}
