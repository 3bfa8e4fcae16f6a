// Deleting a model asks first: getting it back means downloading it or finding the file again.

import { useEffect, useRef } from "preact/hooks";
import { bytes } from "../format";
import { t } from "../i18n";
import type { ModelRecord } from "../protocol";

export function DeleteDialog({
  model,
  onDelete,
  onKeep,
}: {
  model: ModelRecord;
  onDelete: () => void;
  onKeep: () => void;
}) {
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
      <h2 id="delete-title">{t("models_delete_title", model.name)}</h2>
      <p id="delete-text">{t(model.source ? "models_delete_again" : "models_delete_file", bytes(model.size))}</p>
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
