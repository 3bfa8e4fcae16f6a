// The bubble: two small buttons beside the end of a selection, in a closed shadow root. It takes neither focus nor selection.

import { t } from "../../i18n";
import { type IconName, PATHS } from "../../ui/icons";
import tokens from "../../ui/tokens.css?inline";
import css from "./bubble.css?inline";
import type { Box } from "./offered";

const HOST = "chord-bubble";
const SVG = "http://www.w3.org/2000/svg";
const GAP = 8;

export interface Answers {
  open: () => void;
  hide: (everywhere: boolean) => void;
  /** It is to go, until the next selection. */
  close: () => void;
}

/** Returns how to take it away. */
export function showBubble(place: () => Box | null, answers: Answers): () => void {
  const host = document.createElement(HOST);
  const root = host.attachShadow({ mode: "closed" });
  // Constructed sheets are no inline style, so no page's policy forbids them.
  root.adoptedStyleSheets = [tokens, css].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  bubble.setAttribute("role", "group");
  bubble.setAttribute("aria-label", "Chord");
  root.append(bubble);

  let frame = 0;
  const put = () => {
    frame = 0;
    const end = place();
    if (!end) return answers.close();
    const { clientWidth: width } = document.documentElement;
    const { offsetWidth, offsetHeight } = bubble;
    const above = end.top - GAP - offsetHeight;
    bubble.style.left = `${Math.max(GAP, Math.min(end.right - offsetWidth / 2, width - offsetWidth - GAP))}px`;
    bubble.style.top = `${above >= GAP ? above : Math.min(end.bottom + GAP, innerHeight - offsetHeight - GAP)}px`;
  };
  const soon = () => {
    frame ||= requestAnimationFrame(put);
  };

  const hideMenu = () => {
    const here = button(t("bubble_hide_here"), () => answers.hide(false));
    const everywhere = button(t("bubble_hide_everywhere"), () => answers.hide(true));
    const byKey = root.activeElement !== null;
    bubble.replaceChildren(here, everywhere);
    if (byKey) here.focus();
    put();
  };
  bubble.append(button(t("bubble_open"), answers.open, "pen"), button(t("bubble_hide"), hideMenu, "close"));

  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" && event.isTrusted) answers.close();
  };
  // A press takes neither the focus nor the selection from where they are.
  host.addEventListener("mousedown", (event) => event.preventDefault());
  addEventListener("keydown", onKey, true);
  addEventListener("scroll", soon, { capture: true, passive: true });
  addEventListener("resize", soon);

  document.documentElement.append(host);
  // The top layer: no z-index of the page's is above it.
  host.popover = "manual";
  host.showPopover();
  put();
  return () => {
    cancelAnimationFrame(frame);
    removeEventListener("keydown", onKey, true);
    removeEventListener("scroll", soon, { capture: true });
    removeEventListener("resize", soon);
    host.remove();
  };
}

/** With an icon, `name` is for screen readers and on hover. Clicks that a script makes are none. */
function button(name: string, act: () => void, icon?: IconName): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.addEventListener("click", (event) => {
    if (event.isTrusted) act();
  });
  if (!icon) {
    made.textContent = name;
    return made;
  }
  made.className = "icon";
  made.title = name;
  made.setAttribute("aria-label", name);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[icon]);
  svg.append(path);
  made.append(svg);
  return made;
}
