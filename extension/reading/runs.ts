// The text of a document as it lies in the tree: runs of text nodes in one parent, which a reader sees as one piece. A copy of
// the tree is made on the way, with each run under an element that carries its number, so that whatever is kept of the copy
// can be found again in the page.

import { holdsNoText, isHidden, isInvisible } from "./hidden";

/** A run's number, on an element around its copy. */
export const RUN = "chord-run";

/** Readability takes `data` for phrasing, as it does text, and counts it nowhere. */
const WRAPPER = "data";

export interface Run {
  readonly nodes: readonly Text[];
  readonly parent: Element;
}

export interface Copy {
  readonly document: Document;
  readonly runs: readonly Run[];
}

/** Copies a document without what is hidden in it. Scripts of the copy do not run, and nothing of it is loaded. */
export function copyDocument(source: Document): Copy {
  const copy = source.cloneNode(true) as Document;
  const respected = respectsAriaHidden(source);
  const runs: Run[] = [];
  if (source.body && copy.body) walk(source.body, copy.body);
  return { document: copy, runs };

  function walk(live: Element, twin: Element): void {
    const style = getComputedStyle(live);
    if (isHidden(live, style) || (respected && live.ariaHidden === "true")) {
      twin.remove();
      return;
    }
    const invisible = isInvisible(style);
    // Both lists as they are now: the copy changes underneath.
    const twins = [...twin.childNodes];
    let run: { nodes: Text[]; wrapper: Element } | null = null;
    for (const [i, child] of [...live.childNodes].entries()) {
      const other = twins[i];
      if (!other) break; // cannot be: a copy has what its original has
      if (child instanceof Text && child.nodeType === Node.TEXT_NODE) {
        if (invisible) {
          other.remove();
        } else if (run) {
          run.nodes.push(child);
          run.wrapper.append(other);
        } else if (/\S/.test(child.data)) {
          const wrapper = copy.createElement(WRAPPER);
          wrapper.setAttribute(RUN, String(runs.length));
          other.replaceWith(wrapper);
          wrapper.append(other);
          run = { nodes: [child], wrapper };
          runs.push({ nodes: run.nodes, parent: live });
        }
      } else if (child instanceof Element) {
        run = null;
        if (!holdsNoText(child) && other instanceof Element) walk(child, other);
      } else {
        other.remove(); // a comment parts nothing that one can see
      }
    }
  }
}

/**
 * Behind an open dialog, pages hide everything else from screen readers. Then `aria-hidden` says nothing about what can be
 * seen: it counts only while less than half of the text is under it.
 */
function respectsAriaHidden(source: Document): boolean {
  const length = (element: Element | null) => element?.textContent?.length ?? 0;
  let hidden = 0;
  for (const element of source.querySelectorAll("[aria-hidden=true]"))
    if (!element.parentElement?.closest("[aria-hidden=true]")) hidden += length(element);
  return hidden < length(source.body) / 2;
}
