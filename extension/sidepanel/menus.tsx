// What kind of summary, and how long.

import type { ModelRecord } from "../protocol";
import { KINDS, type Kind, LENGTHS, type Length } from "../summary/points";
import type { Choice } from "./choice";

const KIND_LABELS: Record<Kind, string> = {
  points: "Key points",
  tldr: "In short",
  teaser: "Teaser",
  headline: "Headline",
};
const LENGTH_LABELS: Record<Length, string> = { short: "Short", medium: "Medium", long: "Long" };
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
        aria-label="Kind"
        value={choice.kind}
        disabled={disabled}
        onChange={({ currentTarget: { value } }) => {
          const kind = value as Kind;
          onChange(WRITTEN.has(kind) ? { kind, written: true } : { kind });
        }}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind} disabled={WRITTEN.has(kind) && !model}>
            {KIND_LABELS[kind]}
            {WRITTEN.has(kind) && !model ? " (needs a model)" : ""}
          </option>
        ))}
      </select>
      <select
        class="input"
        aria-label="Length"
        value={choice.length}
        disabled={disabled || choice.kind === "headline"}
        onChange={({ currentTarget: { value } }) => onChange({ length: value as Length })}
      >
        {LENGTHS.map((length) => (
          <option key={length} value={length}>
            {LENGTH_LABELS[length]}
          </option>
        ))}
      </select>
    </div>
  );
}
