import { render } from "preact";
import { EngineClient } from "../client";
import { localizeDocument, t } from "../i18n";
import "../reading/main";
import { answerPanel } from "../reading/own-page";
import "../reading/reader.css";
import "../ui/tokens.css";
import "../ui/base.css";
import "../ui/models.css";
import "./welcome.css";
import { App } from "./app";

localizeDocument(t("welcome_document"));
answerPanel();
const root = document.getElementById("root");
if (root) render(<App client={new EngineClient()} />, root);
