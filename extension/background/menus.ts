// The context menu: on a selection a few entries, which Chrome groups under "Chord"; on the rest of a page one.

import { ACTIONS, type Action, TITLES } from "../actions";

const SUMMARIZE_PAGE = "summarize-page";
/** More stand in the panel. */
const ON_SELECTION = ["summarize", "rewrite", "proofread", "explain", "translate"] as const satisfies Action[];
const MORE = "more";

/** Called once per installation or update: menus outlive the service worker. */
export async function createMenus(): Promise<void> {
  await chrome.contextMenus.removeAll();
  for (const action of ON_SELECTION) {
    chrome.contextMenus.create({ id: action, title: TITLES[action], contexts: ["selection"] });
  }
  chrome.contextMenus.create({ id: MORE, title: "More…", contexts: ["selection"] });
  chrome.contextMenus.create({ id: SUMMARIZE_PAGE, title: "Summarize this page", contexts: ["page"] });
}

/** Whether the entry asks for a summary of the whole page. */
export const isSummarizePage = (id: string | number) => id === SUMMARIZE_PAGE;

/** What an entry on a selection asks for: an action, or null for the choice of them; undefined where it is no such entry. */
export function menuAction(id: string | number): Action | null | undefined {
  return id === MORE ? null : ACTIONS.find((action) => action === id);
}
