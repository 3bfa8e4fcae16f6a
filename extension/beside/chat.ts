// The chat as a side panel: one for all tabs, so that it stays while one goes from page to page. A tab that has a panel of its
// own, its summary's, shows that instead of it; there the chat takes its place.

import { openAsWindow } from "./window";

const PATH = "popup/index.html?panel";

/** What a panel that is open is told. */
interface ChatCall {
  type: "chat.show";
  tabId: number;
}

export function parseChatCall(message: unknown): ChatCall | null {
  const { type, tabId } = (message ?? {}) as Partial<ChatCall>;
  return type === "chat.show" && typeof tabId === "number" ? { type, tabId } : null;
}

/** The chat's address beside a tab alone. */
export const chatBeside = (tabId: number) => `${PATH}&tab=${tabId}`;

/** Whether a tab has a panel of its own. */
export async function hasOwnPanel(tabId: number): Promise<boolean> {
  const { path } = (await chrome.sidePanel?.getOptions({ tabId })) ?? {};
  return path?.includes("tab=") ?? false;
}

/** In answer to a click: nothing is awaited before the panel opens. */
export async function openChat(tab: { id: number; windowId: number }, own: boolean): Promise<void> {
  try {
    void chrome.sidePanel.setOptions(
      own ? { tabId: tab.id, path: chatBeside(tab.id), enabled: true } : { path: PATH, enabled: true },
    );
    const opened = chrome.sidePanel.open(own ? { tabId: tab.id } : { windowId: tab.windowId });
    await opened;
    // One that was open already shows another conversation, perhaps; one that opens now shows this by itself.
    await chrome.runtime.sendMessage({ type: "chat.show", tabId: tab.id } satisfies ChatCall).catch(() => {});
  } catch {
    await openAsWindow(chatBeside(tab.id));
  }
}
