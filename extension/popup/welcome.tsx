// The popup before the first message: what one can do right now.

import { useEffect, useState } from "preact/hooks";
import { openSummary } from "../beside/summary";
import { t } from "../i18n";
import { Icon } from "../ui/icons";
import { currentTab } from "./page";

const CHAT_STARTERS = ["chat_starter_rainbow", "chat_starter_note"] as const;
const PLAIN_STARTERS = ["chat_starter_once", "chat_starter_recipe"] as const;

export function AddModel({ onAdd }: { onAdd: () => void }) {
  return (
    <div class="welcome">
      <img src="/icons/icon.svg" width="48" height="48" alt="" />
      <p>{t("chat_welcome")}</p>
      <SummarizePage />
      <p>{t("chat_needs_model")}</p>
      <button type="button" class="button" onClick={onAdd}>
        <Icon name="plus" />
        {t("chat_add_model")}
      </button>
    </div>
  );
}

/** Opens the side panel beside the page that the popup stands over. */
function SummarizePage() {
  const [tabId, setTabId] = useState<number>();
  // Known before the click: after it, nothing may be awaited.
  useEffect(() => {
    void currentTab().then((tab) => setTabId(tab?.id));
  }, []);
  const open = () => {
    if (tabId !== undefined) void openSummary(tabId).then(() => close());
  };
  return (
    <button type="button" class="button primary" disabled={tabId === undefined} onClick={open}>
      <Icon name="page" />
      {t("chat_summarize_page")}
    </button>
  );
}

interface StartersProps {
  hasChatTemplate: boolean;
  onPick: (text: string) => void;
  onBegin: () => void;
}

export function Starters({ hasChatTemplate, onPick, onBegin }: StartersProps) {
  return (
    <div class="welcome">
      <p>{hasChatTemplate ? t("chat_begin_asking") : t("chat_begin_text")}</p>
      <ul class="starters">
        <li>
          <SummarizePage />
        </li>
        {(hasChatTemplate ? CHAT_STARTERS : PLAIN_STARTERS).map((key) => (
          <li key={key}>
            <button type="button" class="button" onClick={() => onPick(t(key))}>
              {t(key)}
            </button>
          </li>
        ))}
        {!hasChatTemplate && (
          <li>
            <button type="button" class="button" onClick={onBegin}>
              {t("chat_begin_itself")}
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}
