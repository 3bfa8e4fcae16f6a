// Copying an answer, with a word that it worked.

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./icons";

const SHOWN_MS = 1600;

export function CopyButton({ text, label = false }: { text: string; label?: boolean }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => setState((await copyText(text, button.current)) ? "copied" : "failed");
  const words = { idle: t("ui_copy"), copied: t("ui_copied"), failed: t("ui_copy_failed") }[state];
  return (
    <button
      ref={button}
      type="button"
      class={`button quiet${label ? "" : " icon"}`}
      title={words}
      aria-label={t("ui_copy")}
      onClick={copy}
    >
      <Icon name={state === "copied" ? "check" : "copy"} />
      {(label || state === "failed") && <span>{words}</span>}
      <span class="spoken" role="status">
        {state === "idle" ? "" : words}
      </span>
    </button>
  );
}

/** The Clipboard API is missing on pages that are not https and can be forbidden by the page; the older command still works. */
export async function copyText(text: string, near: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (!near?.parentElement) return false;
    const area = document.createElement("textarea");
    area.className = "spoken";
    area.value = text;
    near.parentElement.append(area);
    area.select();
    const worked = document.execCommand("copy");
    area.remove();
    near.focus();
    return worked;
  }
}
