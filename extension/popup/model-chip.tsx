// The model in use; a click lists the others.

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import type { LoadedModel, ModelRecord } from "../protocol";
import { Icon } from "../ui/icons";

interface Props {
  models: readonly ModelRecord[];
  chosen: ModelRecord | undefined;
  loaded: LoadedModel | undefined;
  onChoose: (id: string) => void;
  onManage: () => void;
}

export function ModelChip({ models, chosen, loaded, onChoose, onManage }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];

  useEffect(() => {
    if (!open) return undefined;
    const checked = items().find((item) => item.ariaChecked === "true");
    (checked ?? items()[0])?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault(); // or Chrome closes the whole popup
      close();
    } else if (event.key === "Tab") {
      setOpen(false);
    } else {
      moveFocus(event);
    }
  }

  function moveFocus(event: KeyboardEvent): void {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  }

  const device = loaded && loaded.id === chosen?.id ? deviceName(loaded) : null;
  return (
    <div class="chip-root" ref={root}>
      <button
        ref={button}
        type="button"
        class="chip"
        aria-haspopup="menu"
        aria-expanded={open}
        title={chosen?.name ?? t("chat_no_model")}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <span class="spoken">{t("chat_model")} </span>
        <span class="chip-name">{chosen?.name ?? t("chat_no_model")}</span>{" "}
        {device && <span class="chip-device">{device}</span>}
        <Icon name="down" />
      </button>
      {open && (
        <div ref={menu} class="menu" role="menu" aria-label={t("chat_models")} onKeyDown={onKeyDown}>
          {models.map((model) => (
            <button
              key={model.id}
              type="button"
              class="menu-item"
              role="menuitemradio"
              aria-checked={model.id === chosen?.id}
              tabIndex={-1}
              onClick={() => {
                onChoose(model.id);
                close();
              }}
            >
              <span class="menu-check">{model.id === chosen?.id && <Icon name="check" />}</span>
              <span class="menu-name">{model.name}</span>
              <span class="quiet-text">{model.info.quantization}</span>
            </button>
          ))}
          <hr class="menu-line" />
          <button
            type="button"
            class="menu-item"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              close();
              onManage();
            }}
          >
            <span class="menu-check" />
            <span class="menu-name">{t("chat_manage_models")}</span>
          </button>
        </div>
      )}
    </div>
  );
}

function deviceName(loaded: LoadedModel): string {
  const name = loaded.backend.toUpperCase();
  return loaded.threads > 1 ? `${name} ×${loaded.threads}` : name;
}
