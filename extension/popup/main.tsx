import { render } from "preact";
import { EngineClient } from "../client";
import "../ui/tokens.css";
import "../ui/base.css";
import "./popup.css";
import { App } from "./app";

const root = document.getElementById("root");
if (root) render(<App client={new EngineClient()} />, root);
