// A proofread text with its changes inline. Tab walks them, Enter accepts one, Backspace rejects it.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { MessageKey } from "../_locales/keys";
import { around, plural, t } from "../i18n";
import type { Piece } from "./changes";

type Change = Extract<Piece, { kind: "change" }>;

interface Props {
  pieces: readonly Piece[];
  rejected: ReadonlySet<number>;
  onDecide: (index: number, accept: boolean) => void;
  onDecideAll: (accept: boolean) => void;
}

export function Corrections({ pieces, rejected, onDecide, onDecideAll }: Props) {
  const text = useRef<HTMLParagraphElement>(null);
  const [said, setSaid] = useState("");
  const count = pieces.filter(({ kind }) => kind === "change").length;

  function decide(index: number, accept: boolean, advance: boolean): void {
    onDecide(index, accept);
    setSaid(t(accept ? "panel_accepted" : "panel_rejected"));
    if (!advance) return;
    const all = [...(text.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    all[all.findIndex((change) => change.dataset.index === String(index)) + 1]?.focus();
  }

  if (count === 0) return <p class="quiet-text">{t("panel_no_mistakes")}</p>;
  return (
    <>
      <p class="quiet-text corrections-head">
        <span>
          {plural("panel_changes", count)}
          {rejected.size > 0 && `, ${plural("panel_rejected_count", rejected.size)}`}
        </span>
        <button type="button" class="button quiet" disabled={rejected.size === 0} onClick={() => onDecideAll(true)}>
          {t("panel_accept_all")}
        </button>
        <button
          type="button"
          class="button quiet"
          disabled={rejected.size === count}
          onClick={() => onDecideAll(false)}
        >
          {t("panel_reject_all")}
        </button>
      </p>
      <p ref={text} class="written" dir="auto" data-testid="panel-corrections">
        {pieces.map((piece, i) =>
          piece.kind === "same" ? (
            piece.text
          ) : (
            <button
              // The pieces of one answer never move.
              key={`${i}`}
              type="button"
              class="change"
              data-index={i}
              aria-pressed={!rejected.has(i)}
              title={t("panel_change_keys")}
              onClick={() => decide(i, rejected.has(i), false)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== "Backspace") return;
                event.preventDefault();
                decide(i, event.key === "Enter", true);
              }}
            >
              {described(piece)}
            </button>
          ),
        )}
      </p>
      <p class="spoken" role="status">
        {said}
      </p>
    </>
  );
}

/** What is seen of a change, in the sentence that screen readers say. */
function described({ from, to }: Change): ComponentChildren {
  const del = from && <del>{from}</del>;
  const ins = to && <ins>{to}</ins>;
  const sentence = (key: MessageKey, ...nodes: ComponentChildren[]) =>
    around<ComponentChildren>(key, ...nodes).map((part, i) =>
      i % 2 === 0 ? <Spoken key={`${i}`}>{part}</Spoken> : part,
    );
  if (!from.trim() && !to.trim()) {
    return (
      <>
        <Spoken>{t("panel_change_spacing")}</Spoken>
        {del}
        {ins}
      </>
    );
  }
  if (!from.trim()) return [del, ...sentence("panel_change_insert", ins)];
  if (!to.trim()) return [...sentence("panel_change_delete", del), ins];
  return sentence("panel_change_replace", del, ins);
}

const Spoken = ({ children }: { children: ComponentChildren }) => <span class="spoken">{children}</span>;
