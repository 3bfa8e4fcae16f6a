// The panel: a frame of the extension's in a web page, so that the page can neither read what stands in it nor forge a click. It
// shows nothing before the content script that made the frame has answered (see link.ts).

import { render } from "preact";
import { EngineClient } from "../client";
import { localizeDocument, t } from "../i18n";
import "../ui/tokens.css";
import "../ui/base.css";
import "./panel.css";
import { openLink, type PageLink } from "./link";
import { Panel } from "./panel";

localizeDocument(`${t("panel_document")} · Chord`);
/** Closed when the key comes up again: the page, which has the focus then, is to hear nothing of it. */
function closeByEscape(link: PageLink): void {
  let down = false;
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    down = true;
  });
  addEventListener("keyup", (event) => {
    if (event.key === "Escape" && down) setTimeout(() => link.close(), 0); // once the browser knows that it was handled
  });
}

const root = document.getElementById("root");
const link = await openLink(location.hash);
if (root && link) {
  closeByEscape(link);
  render(<Panel client={new EngineClient()} link={link} />, root);
}
