// The context menu: on a selection three entries, which Chrome groups under "Chord"; on the rest of a page one.

import { ACTIONS, type Action } from "../protocol";

const SUMMARIZE_PAGE = "summarize-page";
const TITLES: Record<Action, string> = { summarize: "Summarize", rewrite: "Rewrite", explain: "Explain" };

/** Called once per installation or update: menus outlive the service worker. */
export async function createMenus(): Promise<void> {
  await chrome.contextMenus.removeAll();
  for (const action of ACTIONS) {
    chrome.contextMenus.create({ id: action, title: TITLES[action], contexts: ["selection"] });
  }
  chrome.contextMenus.create({ id: SUMMARIZE_PAGE, title: "Summarize this page", contexts: ["page"] });
}

/** Whether the entry asks for a summary of the whole page. */
export const isSummarizePage = (id: string | number) => id === SUMMARIZE_PAGE;

export function menuAction(id: string | number): Action | null {
  return ACTIONS.find((action) => action === id) ?? null;
}
