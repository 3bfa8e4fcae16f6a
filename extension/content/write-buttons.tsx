// What an answer can become in the page: put in the selection's place or below it, and taken back. Nothing is written without
// a click or key of the person's own.

import { useRef, useState } from "preact/hooks";
import { copyText } from "../ui/copy";
import { Icon } from "../ui/icons";
import type { Writer } from "./writer";

interface Props {
  writer: Writer;
  /** The answer as it is put in the selection's place, if it can be. */
  replacement: string | null;
  /** The answer as it is put below. */
  addition: string;
  /** Whether below is where it most likely belongs. */
  below: boolean;
}

type Outcome = "none" | "replaced" | "inserted" | "undone" | "copied" | "refused" | "stays";

const WORDS: Record<Outcome, string> = {
  none: "",
  replaced: "Replaced.",
  inserted: "Inserted.",
  undone: "Taken back.",
  copied: "The page did not take the text. It is copied: paste it where you want it.",
  refused: "The page did not take the text, and it could not be copied.",
  stays: "The page could not take it back. Try its own undo.",
};

export function WriteButtons({ writer, replacement, addition, below }: Props) {
  const [outcome, setOutcome] = useState<Outcome>("none");
  const busy = useRef(false);
  const group = useRef<HTMLSpanElement>(null);

  async function act(event: Event, how: () => Promise<Outcome>): Promise<void> {
    if (!event.isTrusted || busy.current) return;
    busy.current = true;
    setOutcome(await how().catch((): Outcome => "refused"));
    busy.current = false;
  }
  const write = (kind: "replace" | "insertBelow", text: string) => async (): Promise<Outcome> => {
    if (await writer[kind](text)) return kind === "replace" ? "replaced" : "inserted";
    return (await copyText(text, group.current)) ? "copied" : "refused";
  };
  const undo = async (): Promise<Outcome> => ((await writer.revert()) ? "undone" : "stays");

  const written = outcome === "replaced" || outcome === "inserted";
  const replace = replacement !== null && (
    <button
      key="r"
      type="button"
      class={`button ${below ? "quiet" : "primary"}`}
      onClick={(e) => act(e, write("replace", replacement))}
    >
      Replace
    </button>
  );
  const insert = (
    <button
      key="i"
      type="button"
      class={`button ${below ? "primary" : "quiet"}`}
      onClick={(e) => act(e, write("insertBelow", addition))}
    >
      Insert below
    </button>
  );
  return (
    <>
      <span ref={group} class="write-buttons">
        {written ? (
          <button type="button" class="button" onClick={(event) => act(event, undo)}>
            <Icon name="undo" />
            Undo
          </button>
        ) : below ? (
          [insert, replace]
        ) : (
          [replace, insert]
        )}
      </span>
      <span class="outcome quiet-text" role="status" data-testid="panel-outcome" data-state={outcome}>
        {WORDS[outcome]}
      </span>
    </>
  );
}
