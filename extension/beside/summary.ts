// The summary beside a tab. Chrome lets a side panel open only in answer to a click or a key, so nothing is awaited first.

import { openAsWindow } from "./window";

/** What a panel that is open is told: begin anew. */
export interface SummaryCall {
  type: "sidepanel.summarize";
  tabId: number;
}

export function parseSummaryCall(message: unknown): SummaryCall | null {
  const { type, tabId } = (message ?? {}) as Partial<SummaryCall>;
  return type === "sidepanel.summarize" && typeof tabId === "number" ? { type, tabId } : null;
}

/** The summary's address beside a tab. */
export const summaryBeside = (tabId: number) => `sidepanel/index.html?tab=${tabId}`;

export async function openSummary(tabId: number): Promise<void> {
  const path = summaryBeside(tabId);
  try {
    // The panel belongs to this tab alone: in another one there is nothing of it.
    void chrome.sidePanel.setOptions({ tabId, path, enabled: true });
    const opened = chrome.sidePanel.open({ tabId });
    // One that is open already begins anew; one that opens now begins by itself and does not hear this.
    chrome.runtime.sendMessage({ type: "sidepanel.summarize", tabId } satisfies SummaryCall).catch(() => {});
    await opened;
  } catch {
    await openAsWindow(path);
  }
}
