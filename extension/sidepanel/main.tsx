import { render } from "preact";
import { EngineClient } from "../client";
import { localizeDocument, t } from "../i18n";
import "../ui/tokens.css";
import "../ui/base.css";
import "./sidepanel.css";
import { App } from "./app";
import { PageTab } from "./tab";

// Whoever opens the panel says which tab it belongs to.
const tabId = Number(new URLSearchParams(location.search).get("tab"));
localizeDocument(`${t("sidepanel_document")} · Chord`);
const root = document.getElementById("root");
if (root) render(<App client={new EngineClient()} tab={new PageTab(tabId)} />, root);
