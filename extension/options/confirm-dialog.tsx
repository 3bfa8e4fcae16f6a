// What cannot be taken back is asked about first.

import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";

interface Props {
  title: string;
  text: string;
  onDelete: () => void;
  onKeep: () => void;
}

export function ConfirmDialog({ title, text, onDelete, onKeep }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="dialog chord"
      aria-labelledby="delete-title"
      aria-describedby="delete-text"
      onClose={({ currentTarget }) => (currentTarget.returnValue === "delete" ? onDelete() : onKeep())}
    >
      <h2 id="delete-title">{title}</h2>
      <p id="delete-text">{text}</p>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {t("models_keep")}
        </button>
        <button type="button" class="button danger" onClick={() => dialog.current?.close("delete")}>
          {t("models_delete")}
        </button>
      </div>
    </dialog>
  );
}
