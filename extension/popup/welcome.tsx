// The popup before the first message: what one can do right now.

import { useEffect, useState } from "preact/hooks";
import { openSidePanel } from "../background/side-panel";
import { Icon } from "../ui/icons";

const CHAT_STARTERS = ["Explain how a rainbow forms", "Write a short thank-you note"];
const PLAIN_STARTERS = ["Once upon a time", "The recipe begins with"];

export function AddModel({ onAdd }: { onAdd: () => void }) {
  return (
    <div class="welcome">
      <img src="/icons/icon.svg" width="48" height="48" alt="" />
      <p>Chord works on this computer, and nothing is sent anywhere. It can summarize pages as it is.</p>
      <SummarizePage />
      <p>To chat, it needs a language model: download one, or use a GGUF file of yours.</p>
      <button type="button" class="button" onClick={onAdd}>
        <Icon name="plus" />
        Add a model
      </button>
    </div>
  );
}

/** Opens the side panel beside the page that the popup stands over. */
function SummarizePage() {
  const [tabId, setTabId] = useState<number>();
  // Known before the click: after it, nothing may be awaited.
  useEffect(() => {
    void chrome.tabs.query({ active: true, currentWindow: true }).then(([tab]) => setTabId(tab?.id));
  }, []);
  const open = () => {
    if (tabId !== undefined) void openSidePanel(tabId).then(() => close());
  };
  return (
    <button type="button" class="button primary" disabled={tabId === undefined} onClick={open}>
      <Icon name="page" />
      Summarize this page
    </button>
  );
}

interface StartersProps {
  hasChatTemplate: boolean;
  onPick: (text: string) => void;
  onBegin: () => void;
}

export function Starters({ hasChatTemplate, onPick, onBegin }: StartersProps) {
  return (
    <div class="welcome">
      <p>
        {hasChatTemplate
          ? "Ask the model something, or begin with one of these."
          : "Give the model a beginning and it carries on."}
      </p>
      <ul class="starters">
        <li>
          <SummarizePage />
        </li>
        {(hasChatTemplate ? CHAT_STARTERS : PLAIN_STARTERS).map((text) => (
          <li key={text}>
            <button type="button" class="button" onClick={() => onPick(text)}>
              {text}
            </button>
          </li>
        ))}
        {!hasChatTemplate && (
          <li>
            <button type="button" class="button" onClick={onBegin}>
              Let it begin on its own
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}
