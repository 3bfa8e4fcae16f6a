// Where one writes. Enter sends, Shift+Enter begins a new line; Stop takes the place of Send while an answer streams.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "../ui/icons";

interface Props {
  draft: string;
  busy: boolean;
  canSend: boolean;
  placeholder: string;
  onDraft: (draft: string) => void;
  onSend: () => void;
  onStop: () => void;
}

const MAX_HEIGHT_PX = 140;

export function Composer({ draft, busy, canSend, placeholder, onDraft, onSend, onStop }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => field.current?.focus(), []);
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, MAX_HEIGHT_PX)}px`;
  }, [draft]);

  const send = () => {
    if (busy || !canSend) return;
    onSend();
    field.current?.focus();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        class="input"
        rows={1}
        aria-label={t("chat_message")}
        placeholder={placeholder}
        value={draft}
        onInput={({ currentTarget }) => onDraft(currentTarget.value)}
        onKeyDown={(event) => {
          // While an input method composes, Enter belongs to it.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {busy ? (
        // The keys keep them two buttons: one that turned into Send under the pointer would send with the same click.
        <button
          key="stop"
          type="button"
          class="button icon stop"
          aria-label={t("chat_stop")}
          title={t("chat_stop")}
          onClick={() => {
            onStop();
            field.current?.focus();
          }}
        >
          <Icon name="stop" />
        </button>
      ) : (
        <button
          key="send"
          type="submit"
          class="button primary icon"
          aria-label={t("chat_send")}
          title={t("chat_send_title")}
          disabled={!canSend}
        >
          <Icon name="send" />
        </button>
      )}
    </form>
  );
}
