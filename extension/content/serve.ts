// Does in the page what the panel was clicked for.

import type { Deed } from "../page-messages";
import type { Writer } from "./writer";

/** More of a page's text than this no model is given; a message has to carry it. */
const MOST_TEXT = 100_000;

export async function serve(deed: Deed, writer: Writer | null): Promise<boolean | string> {
  switch (deed.kind) {
    case "pageText":
      return document.body.innerText.trim().slice(0, MOST_TEXT); // what one sees of the page
    case "replace":
    case "insertBelow":
      return (await writer?.[deed.kind](deed.text).catch(() => false)) ?? false;
    case "revert":
      return (await writer?.revert().catch(() => false)) ?? false;
  }
}
