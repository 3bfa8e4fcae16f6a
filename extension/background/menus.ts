// The context menu on a selection. Chrome groups the three entries under "Chord".

import { ACTIONS, type Action } from "../protocol";

const TITLES: Record<Action, string> = { summarize: "Summarize", rewrite: "Rewrite", explain: "Explain" };

/** Called once per installation or update: menus outlive the service worker. */
export async function createMenus(): Promise<void> {
  await chrome.contextMenus.removeAll();
  for (const action of ACTIONS) {
    chrome.contextMenus.create({ id: action, title: TITLES[action], contexts: ["selection"] });
  }
}

export function menuAction(id: string | number): Action | null {
  return ACTIONS.find((action) => action === id) ?? null;
}
