// A question about the page. Enter asks, Shift+Enter begins a new line.

import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "../ui/icons";

export function AskField({ disabled, onAsk }: { disabled: boolean; onAsk: (text: string) => void }) {
  const [draft, setDraft] = useState("");
  const ask = () => {
    const text = draft.trim();
    if (!text || disabled) return;
    onAsk(text);
    setDraft("");
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <textarea
        class="input"
        rows={1}
        aria-label={t("sidepanel_ask_about")}
        placeholder={t("sidepanel_ask_about")}
        value={draft}
        maxLength={2000}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          ask();
        }}
      />
      <button
        type="submit"
        class="button primary icon"
        aria-label={t("sidepanel_ask")}
        title={t("sidepanel_ask_key")}
        disabled={disabled || !draft.trim()}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}
