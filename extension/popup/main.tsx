import { render } from "preact";
import { EngineClient } from "../client";
import { localizeDocument, t } from "../i18n";
import "../ui/tokens.css";
import "../ui/base.css";
import "./popup.css";
import { App } from "./app";
import { place } from "./page";

localizeDocument(t("chat_title"));
// As wide and as high as what is around it, where that is no popup.
document.documentElement.classList.toggle("panel", place.has("panel"));
const root = document.getElementById("root");
if (root) render(<App client={new EngineClient()} />, root);
