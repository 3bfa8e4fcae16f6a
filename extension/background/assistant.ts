// Brings the assistant into a page that asked for it: by context menu, key or bubble, never on its own. The first two grant
// activeTab; a bubble is only where the person has given access.

import type { Action } from "../actions";
import type { Invitation } from "../page-messages";
import { enter } from "./entrance";

const SCRIPT = "content.js";
/** Read by the popup, which opens with this notice where no script may run. */
export const NOTICE_KEY = "notice";

export async function openAssistant(
  tab: chrome.tabs.Tab | undefined,
  action: Action | null,
  frameId: number,
  text: string,
) {
  if (tab?.id === undefined) return;
  const tabId = tab.id;
  // A frame of another site is out of activeTab's reach; the page around it is not.
  const opened =
    (await invite(tabId, frameId, action, text)) || (frameId !== 0 && (await invite(tabId, 0, action, text)));
  if (!opened) await sayPageIsClosed();
}

async function invite(tabId: number, frameId: number, action: Action | null, text: string): Promise<boolean> {
  const invitation: Invitation = { type: "assistant.open", action, text, frameId };
  try {
    await enter(tabId, frameId, SCRIPT);
    await chrome.tabs.sendMessage(tabId, invitation, { frameId });
    return true;
  } catch (error) {
    console.warn(`The assistant could not enter frame ${frameId} of tab ${tabId}: ${error}`); // for whoever looks into a report
    return false; // not a page that extensions may enter; nothing was changed in it
  }
}

async function sayPageIsClosed(): Promise<void> {
  await chrome.storage.session.set({ [NOTICE_KEY]: "page_closed" });
  // Refused when the window is not in front; the notice then waits for the next time the popup opens.
  await chrome.action.openPopup().catch(() => {});
}
