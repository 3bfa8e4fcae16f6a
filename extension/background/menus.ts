// The context menu: on a selection a few entries, which Chrome groups under "Chord"; on the rest of a page one.

import { ACTIONS, type Action, titleOf } from "../actions";
import { t } from "../i18n";

const SUMMARIZE_PAGE = "summarize-page";
/** More stand in the panel. */
const ON_SELECTION = ["summarize", "rewrite", "proofread", "explain", "translate"] as const satisfies Action[];
const MORE = "more";

/** Called at installation, update and start: menus outlive the service worker, but the browser's language may have changed. */
export async function createMenus(): Promise<void> {
  await chrome.contextMenus.removeAll();
  for (const action of ON_SELECTION) {
    chrome.contextMenus.create({ id: action, title: titleOf(action), contexts: ["selection"] });
  }
  chrome.contextMenus.create({ id: MORE, title: t("menu_more"), contexts: ["selection"] });
  chrome.contextMenus.create({ id: SUMMARIZE_PAGE, title: t("menu_summarize_page"), contexts: ["page"] });
}

/** Whether the entry asks for a summary of the whole page. */
export const isSummarizePage = (id: string | number) => id === SUMMARIZE_PAGE;

/** What an entry on a selection asks for: an action, or null for the choice of them; undefined where it is no such entry. */
export function menuAction(id: string | number): Action | null | undefined {
  return id === MORE ? null : ACTIONS.find((action) => action === id);
}
