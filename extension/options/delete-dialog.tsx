// Deleting a model asks first: getting it back means downloading it or finding the file again.

import { useEffect, useRef } from "preact/hooks";
import { bytes } from "../format";
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
      <h2 id="delete-title">Delete {model.name}?</h2>
      <p id="delete-text">
        This frees {bytes(model.size)}. To use the model again you{" "}
        {model.source ? "download it again" : "need its file"}.
      </p>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Keep
        </button>
        <button type="button" class="button danger" onClick={() => dialog.current?.close("delete")}>
          Delete
        </button>
      </div>
    </dialog>
  );
}
