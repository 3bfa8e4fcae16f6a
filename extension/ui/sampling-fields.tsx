// The number fields of the settings; a value that does not fit is marked and not kept.

import { useId, useState } from "preact/hooks";
import { number, t } from "../i18n";
import type { Sampling } from "../protocol";
import { NUMBER_FIELDS, type NumberField } from "../settings";

interface Props {
  fields: readonly (keyof Sampling)[];
  sampling: Sampling;
  onChange: (key: keyof Sampling, value: number) => void;
}

export function SamplingFields({ fields, sampling, onChange }: Props) {
  return (
    <>
      {NUMBER_FIELDS.filter((field) => fields.includes(field.key)).map((field) => (
        <Field
          key={field.key}
          field={field}
          value={sampling[field.key]}
          onChange={(value) => onChange(field.key, value)}
        />
      ))}
    </>
  );
}

function Field({ field, value, onChange }: { field: NumberField; value: number; onChange: (value: number) => void }) {
  const id = useId();
  // What is being typed need not be a number yet; null when the field shows the kept value.
  const [typed, setTyped] = useState<string | null>(null);
  const fits = typed === null || accepts(field, typed);
  return (
    <div class="field">
      <label for={id}>{t(field.label)}</label>
      <input
        id={id}
        class="input"
        type="number"
        min={field.min}
        max={field.max}
        step={field.step}
        value={typed ?? String(value)}
        aria-invalid={!fits}
        aria-describedby={`${id}-help`}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value);
          if (accepts(field, currentTarget.value)) onChange(Number(currentTarget.value));
        }}
        onBlur={() => setTyped(null)}
      />
      <p id={`${id}-help`} class="help">
        {fits ? t(field.help) : t("ui_from_to", number(field.min), number(field.max))}
      </p>
    </div>
  );
}

function accepts(field: NumberField, typed: string): boolean {
  const value = Number(typed);
  return (
    typed.trim() !== "" && value >= field.min && value <= field.max && (field.step !== 1 || Number.isInteger(value))
  );
}
