// Opens the side panel beside a tab. Chrome lets that happen only in answer to a click or a key, so nothing is awaited first.

import type { PanelCall } from "../sidepanel/calls";

/** The panel's size where it has to be a window. */
export const WINDOW = { width: 400, height: 720 };

export async function openSidePanel(tabId: number): Promise<void> {
  const path = `sidepanel/index.html?tab=${tabId}`;
  try {
    // The panel belongs to this tab alone: in another one there is nothing of it.
    void chrome.sidePanel.setOptions({ tabId, path, enabled: true });
    const opened = chrome.sidePanel.open({ tabId });
    // One that is open already begins anew; one that opens now begins by itself and does not hear this.
    chrome.runtime.sendMessage({ type: "sidepanel.summarize", tabId } satisfies PanelCall).catch(() => {});
    await opened;
  } catch {
    // Some browsers that are built on Chromium have no side panel, or refuse to open it: a small window does as well.
    await chrome.windows.create({ url: chrome.runtime.getURL(path), type: "popup", ...WINDOW });
  }
}
