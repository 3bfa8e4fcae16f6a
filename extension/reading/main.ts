// The script that reads a page, injected where the person asked for that. It changes nothing in the page: places are shown
// with the CSS Custom Highlight API. The side panel calls it through chrome.scripting; the page's own scripts cannot.

import { readArticle } from "./article";
import { type Block, rangeIn } from "./blocks";
import { MAX_CHARS, MAX_PARAGRAPHS } from "./limits";
import type { PageText, Place } from "./messages";

/** The highlight's name in reader.css. */
const HIGHLIGHT = "chord-place";

export interface Reader {
  read(): PageText;
  /** The page's text alone: places of the last reading stay what they are. */
  text(): PageText;
  /** Highlights a place, and scrolls there if asked; false when it is no longer in the page. */
  show(reading: number, place: Place, scroll: boolean): boolean;
  /** Whether its last reading is this one. */
  holds(reading: number): boolean;
  clear(): void;
}

declare global {
  // In the extension's isolated world.
  var chordReader: Reader | undefined;
}

let reading = 0;
let blocks: Block[] = [];

// An extension that was reloaded leaves its script behind; the new one takes over.
globalThis.chordReader = {
  read() {
    const page = readPage();
    // Where the person is told apart from readings that an earlier copy of this script did.
    reading = Date.now();
    blocks = page.blocks;
    return { ...page.text, reading };
  },

  text: () => readPage().text,

  show(of, { paragraph, from, to }, scroll) {
    const block = of === reading ? blocks[paragraph] : undefined;
    const range = block && rangeIn(block, from, to);
    if (!range) return false;
    CSS.highlights.set(HIGHLIGHT, new Highlight(range));
    if (scroll) scrollTo(range);
    return true;
  },

  holds: (of) => of === reading,

  clear() {
    CSS.highlights.delete(HIGHLIGHT);
  },
};

function readPage(): { blocks: Block[]; text: PageText } {
  const article = readArticle(document);
  let chars = 0;
  const blocks = article.blocks.slice(0, MAX_PARAGRAPHS).filter((block) => {
    chars += block.text.length;
    return chars <= MAX_CHARS;
  });
  const text: PageText = {
    reading: 0,
    url: location.href,
    title: article.title,
    site: article.site,
    lang: article.lang,
    found: article.found,
    cut: blocks.length < article.blocks.length,
    paragraphs: blocks.map(({ text, kind, links }) => ({ text, kind, links })),
  };
  return { blocks, text };
}

function scrollTo(range: Range): void {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  const start = range.startContainer;
  const element = start instanceof Element ? start : start.parentElement;
  // The person asks to see it, and it lies where it is folded up.
  for (let at = element?.closest("details"); at; at = at.parentElement?.closest("details")) at.open = true;
  const box = range.getBoundingClientRect();
  // The element brings whatever scrolls it; a long one may have its beginning far from the place.
  const height = element?.getBoundingClientRect().height ?? 0;
  if (element && height < innerHeight * 0.8) element.scrollIntoView({ block: "center", behavior });
  else scrollBy({ top: box.top + box.height / 2 - innerHeight / 2, behavior });
}
