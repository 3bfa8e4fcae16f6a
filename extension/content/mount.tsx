// Puts the panel into the page: in a closed shadow root, above everything, out of reach of the page's styles and scripts.

import { render } from "preact";
import type { Action } from "../actions";
import type { EngineClient } from "../client";
import base from "../ui/base.css?inline";
import tokens from "../ui/tokens.css?inline";
import { Panel } from "./panel";
import panelCss from "./panel.css?inline";
import type { Passage } from "./selection";

const HOST = "chord-assistant";
const KEYS = ["keydown", "keyup", "keypress"] as const;

/** Returns how to take it away without touching focus or selection. Closed by the person, it gives the focus back. */
export function mountPanel(
  client: EngineClient,
  passage: Passage,
  action: Action | null,
  onClosed: () => void,
): () => void {
  const host = document.createElement(HOST);
  const root = host.attachShadow({ mode: "closed" });
  // Constructed sheets are no inline style, so no page's policy forbids them.
  root.adoptedStyleSheets = [tokens, base, panelCss].map((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });

  const remove = () => {
    removeEventListener("keydown", onEscape, true);
    render(null, root);
    host.remove();
    onClosed();
  };
  const close = () => {
    // Who has gone on to something else in the page is not called back.
    const inside = document.activeElement === host;
    remove();
    if (inside) passage.restore();
  };
  const onEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !event.isTrusted || !host.isConnected) return;
    // The panel is the innermost thing; what the page has open stays open.
    event.preventDefault();
    event.stopImmediatePropagation();
    close();
  };
  addEventListener("keydown", onEscape, true);
  // Keys pressed in the panel are no shortcuts of the page's.
  for (const key of KEYS) host.addEventListener(key, (event) => event.stopPropagation());

  // Left behind by an extension that has been reloaded since; its own script can do no more than stand there.
  for (const orphan of document.querySelectorAll(HOST)) orphan.remove();
  outlet().append(host);
  // The top layer: no z-index of the page's is above it.
  host.popover = "manual";
  host.showPopover();
  render(<Panel client={client} passage={passage} first={action} onClose={close} />, root);
  return remove;
}

/** Outside an open modal dialog or the full-screen element nothing can be seen or clicked, so the panel goes inside. */
function outlet(): Element {
  const dialogs = document.querySelectorAll("dialog:modal");
  return dialogs[dialogs.length - 1] ?? document.fullscreenElement ?? document.documentElement;
}
