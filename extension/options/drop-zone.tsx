// A model file comes in by the file picker or by being dropped anywhere on the page.

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "../ui/icons";

export function DropZone({ onFiles, prominent }: { onFiles: (files: File[]) => void; prominent: boolean }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    // Without these a file dropped beside the zone would replace the page.
    const onOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) onFiles(files);
    };
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
    };
  }, [onFiles]);

  return (
    <div class={`drop-zone${over ? " over" : ""}${prominent ? " prominent" : ""}`} data-testid="drop-zone">
      <Icon name="file" />
      <p>
        {over ? t("models_let_go") : t("models_drop")}
        <span class="quiet-text where"> {t("models_drop_where")}</span>
      </p>
      <input
        ref={input}
        type="file"
        accept=".gguf"
        multiple
        hidden
        data-testid="file-input"
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = ""; // so that the same file can be chosen again
          if (files.length > 0) onFiles(files);
        }}
      />
      <button type="button" class="button" onClick={() => input.current?.click()}>
        {t("models_choose_file")}
      </button>
    </div>
  );
}
