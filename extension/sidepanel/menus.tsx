// What kind of summary, and how long.

import { t } from "../i18n";
import type { ModelRecord } from "../protocol";
import { KINDS, type Kind, LENGTHS, type Length } from "../summary/points";
import type { Choice } from "./choice";

/** What cannot be put together from a page's own sentences. */
const WRITTEN: ReadonlySet<Kind> = new Set(["teaser", "headline"]);

interface Props {
  choice: Choice;
  model: ModelRecord | undefined;
  disabled: boolean;
  onChange: (change: Partial<Choice>) => void;
}

export function Menus({ choice, model, disabled, onChange }: Props) {
  return (
    <div class="menus">
      <select
        class="input"
        aria-label={t("sidepanel_kind")}
        value={choice.kind}
        disabled={disabled}
        onChange={({ currentTarget: { value } }) => {
          const kind = value as Kind;
          onChange(WRITTEN.has(kind) ? { kind, written: true } : { kind });
        }}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind} disabled={WRITTEN.has(kind) && !model}>
            {WRITTEN.has(kind) && !model
              ? t("sidepanel_needs_model", t(`sidepanel_kind_${kind}`))
              : t(`sidepanel_kind_${kind}`)}
          </option>
        ))}
      </select>
      <select
        class="input"
        aria-label={t("sidepanel_length")}
        value={choice.length}
        disabled={disabled || choice.kind === "headline"}
        onChange={({ currentTarget: { value } }) => onChange({ length: value as Length })}
      >
        {LENGTHS.map((length) => (
          <option key={length} value={length}>
            {t(`sidepanel_length_${length}`)}
          </option>
        ))}
      </select>
    </div>
  );
}
