// A point's place in the page. To point at it marks the place, to press it goes there.

import { useState } from "preact/hooks";
import type { Citation } from "../summary/points";
import type { PageTab } from "./tab";

export function Cite({ citation, tab, gone }: { citation: Citation; tab: PageTab; gone: boolean }) {
  const [lost, setLost] = useState(false);
  const { place, verified } = citation;
  const number = place.paragraph + 1;
  const missing = gone || lost;
  const how = missing
    ? "no longer on the page"
    : verified
      ? "go to it"
      : "the model names it; its words were not checked against the page";
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
        title={`Paragraph ${number}: ${how}`}
        // Begins with what is seen, so that it can be called by that.
        aria-label={`¶ ${number}${verified ? "" : " unverified"}, paragraph ${number}${missing ? ", no longer on the page" : ""}`}
        onPointerEnter={point}
        onPointerLeave={leave}
        onFocus={point}
        onBlur={leave}
        onClick={() => void tab.goTo(place).then((shown) => setLost(!shown))}
      >
        ¶ {number}
        {!verified && <span class="doubt"> unverified</span>}
      </button>
    </>
  );
}
