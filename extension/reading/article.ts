// The article of a page: what @mozilla/readability, the reader view of Firefox, keeps of a copy of it, found again in the page.

import { Readability } from "@mozilla/readability";
import { type Block, blocksOf } from "./blocks";
import { copyDocument, RUN, type Run } from "./runs";

export interface Article {
  title: string;
  /** The site's name, or its host. */
  site: string;
  /** The page's language as it says, "en" when it does not. */
  lang: string;
  /** Whether an article was found; else it is all that can be seen in the page's main part. */
  found: boolean;
  blocks: Block[];
}

/** An article shorter than this is taken for a mistake where the page has much more. */
const SHORT_CHARS = 140;

export function readArticle(source: Document): Article {
  const copy = copyDocument(source);
  const everything = visiblePart(copy.document, copy.runs);
  const lang = source.documentElement.lang || "en";
  // It takes the copy apart, so whatever else is wanted of it comes first. What it needs of the page's address is in the copy.
  const article = new Readability<Node>(copy.document, { serializer: (node) => node }).parse();
  const kept = article?.content instanceof Element ? numbersIn(article.content) : new Set<number>();
  const blocks = blocksOf(copy.runs, kept);
  const found = lengthOf(blocks) >= SHORT_CHARS;
  return {
    title: article?.title?.trim() || source.title.trim(),
    site: article?.siteName?.trim() || location.hostname,
    lang,
    found,
    blocks: found ? blocks : longer(blocksOf(copy.runs, everything), blocks),
  };
}

function numbersIn(element: Element): Set<number> {
  return new Set([...element.querySelectorAll(`[${RUN}]`)].map((run) => Number(run.getAttribute(RUN))));
}

/** What there is to see in the page's main part, without the ways to other pages. */
function visiblePart(copy: Document, runs: readonly Run[]): Set<number> {
  const main = copy.querySelector("main, [role=main]") ?? copy.body;
  if (!main) return new Set();
  const numbers = numbersIn(main);
  for (const part of main.querySelectorAll("nav, [role=navigation], header, footer, aside, form, button"))
    for (const number of numbersIn(part)) numbers.delete(number);
  // A page that is nothing else: better that than nothing.
  return numbers.size > 0 ? numbers : new Set(runs.keys());
}

const lengthOf = (blocks: readonly Block[]) => blocks.reduce((sum, block) => sum + block.text.length, 0);
const longer = (a: Block[], b: Block[]) => (lengthOf(a) > lengthOf(b) ? a : b);
