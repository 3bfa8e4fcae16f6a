// Opens the side panel beside a tab. Chrome lets that happen only in answer to a click or a key, so nothing is awaited first.

import type { PanelCall } from "../sidepanel/calls";

export function openSidePanel(tabId: number): Promise<void> {
  // The panel belongs to this tab alone: in another one there is nothing of it.
  void chrome.sidePanel.setOptions({ tabId, path: `sidepanel/index.html?tab=${tabId}`, enabled: true });
  const opened = chrome.sidePanel.open({ tabId });
  // One that is open already begins anew; one that opens now begins by itself and does not hear this.
  chrome.runtime.sendMessage({ type: "sidepanel.summarize", tabId } satisfies PanelCall).catch(() => {});
  return opened;
}
