import { render } from "preact";
import { EngineClient } from "../client";
import { localizeDocument, t } from "../i18n";
import "../ui/tokens.css";
import "../ui/base.css";
import "../ui/models.css";
import "./options.css";
import { App } from "./app";

localizeDocument(t("options_document"));
const root = document.getElementById("root");
if (root) render(<App client={new EngineClient()} />, root);
