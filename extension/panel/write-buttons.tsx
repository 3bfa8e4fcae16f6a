// What an answer can become in the page: put in the selection's place or below it, and taken back. Nothing is written without
// a click or key of the person's own.

import { useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { copyText } from "../ui/copy";
import { Icon } from "../ui/icons";
import type { PageLink } from "./link";

interface Props {
  link: PageLink;
  /** The answer as it is put in the selection's place, if it can be. */
  replacement: string | null;
  /** The answer as it is put below. */
  addition: string;
  /** Whether below is where it most likely belongs. */
  below: boolean;
}

type Outcome = "none" | "replaced" | "inserted" | "undone" | "copied" | "refused" | "stays";

/** What became of it, in words. */
function words(outcome: Outcome): string {
  switch (outcome) {
    case "none":
      return "";
    case "replaced":
      return t("panel_replaced");
    case "inserted":
      return t("panel_inserted");
    case "undone":
      return t("panel_undone");
    case "copied":
      return t("panel_not_taken_copied");
    case "refused":
      return t("panel_not_taken");
    case "stays":
      return t("panel_stays");
  }
}

export function WriteButtons({ link, replacement, addition, below }: Props) {
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
    if (await link.do({ kind, text })) return kind === "replace" ? "replaced" : "inserted";
    return (await copyText(text, group.current)) ? "copied" : "refused";
  };
  const undo = async (): Promise<Outcome> => ((await link.do({ kind: "revert" })) ? "undone" : "stays");

  const written = outcome === "replaced" || outcome === "inserted";
  const replace = replacement !== null && (
    <button
      key="r"
      type="button"
      class={`button ${below ? "quiet" : "primary"}`}
      onClick={(e) => act(e, write("replace", replacement))}
    >
      {t("panel_replace")}
    </button>
  );
  const insert = (
    <button
      key="i"
      type="button"
      class={`button ${below ? "primary" : "quiet"}`}
      onClick={(e) => act(e, write("insertBelow", addition))}
    >
      {t("panel_insert_below")}
    </button>
  );
  return (
    <>
      <span ref={group} class="write-buttons">
        {written ? (
          <button type="button" class="button" onClick={(event) => act(event, undo)}>
            <Icon name="undo" />
            {t("panel_undo")}
          </button>
        ) : below ? (
          [insert, replace]
        ) : (
          [replace, insert]
        )}
      </span>
      <span class="outcome quiet-text" role="status" data-testid="panel-outcome" data-state={outcome}>
        {words(outcome)}
      </span>
    </>
  );
}
