// A model's name, being changed: Enter takes the new one, Escape keeps the old one.

import { useEffect, useRef } from "preact/hooks";

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
        aria-label={`New name of ${name}`}
        defaultValue={name}
        maxLength={200}
        onKeyDown={(event) => {
          if (event.key === "Escape") onLeave();
        }}
      />
      <button type="submit" class="button">
        Rename
      </button>
      <button type="button" class="button quiet" onClick={onLeave}>
        Keep
      </button>
    </form>
  );
}
