// What the other parts say to a panel that is open.

export interface PanelCall {
  type: "sidepanel.summarize";
  tabId: number;
}

export function parsePanelCall(message: unknown): PanelCall | null {
  const { type, tabId } = (message ?? {}) as Partial<PanelCall>;
  return type === "sidepanel.summarize" && typeof tabId === "number" ? { type, tabId } : null;
}
