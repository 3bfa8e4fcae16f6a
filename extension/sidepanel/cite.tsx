// A point's place in the page. To point at it marks the place, to press it goes there.

import { useState } from "preact/hooks";
import { number, t } from "../i18n";
import type { Citation } from "../summary/points";
import type { PageTab } from "./tab";

export function Cite({ citation, tab, gone }: { citation: Citation; tab: PageTab; gone: boolean }) {
  const [lost, setLost] = useState(false);
  const { place, verified } = citation;
  const paragraph = number(place.paragraph + 1);
  const missing = gone || lost;
  const how = missing ? "lost" : verified ? "go" : "unverified";
  const unverified = t("sidepanel_unverified");
  const point = () => void tab.peek(place);
  const leave = () => void tab.unpeek();
  return (
    <>
      {"\u00a0"}
      <button
        type="button"
        class={`cite${verified ? "" : " unverified"}`}
        data-testid="cite"
        data-verified={verified}
        disabled={gone}
        title={t(`sidepanel_cite_${how}`, paragraph)}
        // Begins with what is seen, so that it can be called by that.
        aria-label={`¶ ${paragraph}${verified ? "" : ` ${unverified}`}, ${t(missing ? "sidepanel_paragraph_lost" : "sidepanel_paragraph", paragraph)}`}
        onPointerEnter={point}
        onPointerLeave={leave}
        onFocus={point}
        onBlur={leave}
        onClick={() => void tab.goTo(place).then((shown) => setLost(!shown))}
      >
        ¶ {paragraph}
        {!verified && <span class="doubt"> {unverified}</span>}
      </button>
    </>
  );
}
