// A model's name, being changed: Enter takes the new one, Escape keeps the old one.

import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";

interface Props {
  name: string;
  onRename: (name: string) => void;
  onLeave: () => void;
}

export function RenameForm({ name, onRename, onLeave }: Props) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        const next = field.current?.value.trim();
        if (next) onRename(next);
      }}
    >
      <input
        ref={field}
        class="input"
        aria-label={t("models_new_name", name)}
        defaultValue={name}
        maxLength={200}
        onKeyDown={(event) => {
          if (event.key === "Escape") onLeave();
        }}
      />
      <button type="submit" class="button">
        {t("models_rename")}
      </button>
      <button type="button" class="button quiet" onClick={onLeave}>
        {t("models_keep")}
      </button>
    </form>
  );
}
