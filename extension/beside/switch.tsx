// The side panel's two faces, at its top: the page's summary, and the chat.

import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { chatBeside, parseChatCall } from "./chat";
import { openSummary, parseSummaryCall, summaryBeside } from "./summary";
import "./switch.css";

interface Props {
  current: "summary" | "chat";
  /** Which page the summary is of. */
  tabId: number | undefined;
  /** Whether this panel stands beside that tab alone. */
  own: boolean;
}

export function PanelSwitch({ current, tabId, own }: Props) {
  const go = (path: string) => location.assign(chrome.runtime.getURL(path));
  const showChat = () => tabId !== undefined && go(chatBeside(tabId));
  const showSummary = () => {
    if (tabId === undefined) return;
    if (own) go(summaryBeside(tabId));
    else void openSummary(tabId);
  };
  // Somebody asks for the other one, elsewhere.
  useEffect(() => {
    const heard = (message: unknown) => {
      if (current === "summary" && parseChatCall(message)?.tabId === tabId) showChat();
      if (current === "chat" && own && parseSummaryCall(message)?.tabId === tabId) showSummary();
    };
    chrome.runtime.onMessage.addListener(heard);
    return () => chrome.runtime.onMessage.removeListener(heard);
  }, [current, tabId, own]);

  const face = (which: Props["current"], label: string, show: () => void) => (
    <button
      type="button"
      class="button quiet"
      aria-current={which === current ? "page" : undefined}
      disabled={tabId === undefined}
      onClick={() => which !== current && show()}
    >
      {label}
    </button>
  );
  return (
    <nav class="panel-switch" aria-label={t("chat_panel_faces")}>
      {face("summary", t("chat_panel_summary"), showSummary)}
      {face("chat", t("chat_panel_chat"), showChat)}
    </nav>
  );
}
