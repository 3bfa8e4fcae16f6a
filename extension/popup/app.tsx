// The popup: a chat with the chosen model.

import { useEffect, useState } from "preact/hooks";
import { NOTICE_KEY } from "../background/assistant";
import type { EngineClient } from "../client";
import { pickModel, writers } from "../models";
import { Icon } from "../ui/icons";
import { Problem } from "../ui/problem";
import { StatusLine } from "../ui/status-line";
import { useModels, useSettings } from "../ui/use-store";
import { ChatSettings } from "./chat-settings";
import { Composer } from "./composer";
import { Messages } from "./messages";
import { ModelChip } from "./model-chip";
import { flush, save } from "./saved";
import { useChat } from "./use-chat";
import { AddModel, Starters } from "./welcome";

const NEW = "New conversation";

export function App({ client }: { client: EngineClient }) {
  const [settings, changeSettings] = useSettings();
  const { models, error, reload } = useModels(client);
  const [draft, setDraft] = useState("");
  const [showSettings, setShowSettings] = useState(false);
  const model = models && settings ? pickModel(models.models, settings.modelId) : undefined;
  const chat = useChat(client, model, settings, setDraft);
  const { exchanges, status, announcement } = chat.conversation;
  const plain = model !== undefined && !model.info.hasChatTemplate;

  useEffect(() => save({ draft, exchanges }), [draft, exchanges]);
  useEffect(() => {
    addEventListener("pagehide", flush);
    return () => removeEventListener("pagehide", flush);
  }, []);

  const manage = () => void chrome.runtime.openOptionsPage();
  const send = (text: string) => {
    chat.ask(text);
    setDraft("");
  };
  const startAnew = () => {
    chat.clear();
    setShowSettings(false);
  };
  const title = exchanges[0]?.question.trim() || NEW;
  return (
    <div class="popup chord">
      <header class="bar">
        <h1 title={title}>{title}</h1>
        {models && model && (
          <ModelChip
            models={writers(models.models)}
            chosen={model}
            loaded={models.loaded}
            onChoose={(id) => changeSettings((old) => ({ ...old, modelId: id }))}
            onManage={manage}
          />
        )}
        <button type="button" class="button quiet icon" aria-label={NEW} title={NEW} onClick={startAnew}>
          <Icon name="plus" />
        </button>
        <button
          type="button"
          class="button quiet icon"
          aria-label="Settings"
          title="Settings"
          aria-expanded={showSettings}
          aria-controls="settings"
          onClick={() => setShowSettings(!showSettings)}
        >
          <Icon name="sliders" />
        </button>
      </header>
      {showSettings && settings && (
        <ChatSettings settings={settings} hasChatTemplate={!plain} onChange={changeSettings} onMore={manage} />
      )}
      <Notice />
      <main class="middle">
        {error ? (
          <div class="welcome">
            <Problem error={error} remedies={{ retry: reload }} />
          </div>
        ) : !models ? (
          <p class="welcome quiet-text late">Looking for models…</p>
        ) : exchanges.length > 0 ? (
          <Messages exchanges={exchanges} onRetry={chat.retry} onManage={manage} onNew={startAnew} />
        ) : model ? (
          <Starters hasChatTemplate={!plain} onPick={setDraft} onBegin={() => send("")} />
        ) : (
          <AddModel onAdd={manage} />
        )}
      </main>
      {/* With nothing to ask there is nothing to write; while the models are looked for one may begin. */}
      {models && !model && exchanges.length > 0 && (
        <footer class="foot">
          <Problem error={{ code: "no_model", message: "" }} remedies={{ add_model: manage }} />
        </footer>
      )}
      {(!models || model) && (
        <footer class="foot">
          <StatusLine status={status} announce={announcement} />
          <Composer
            draft={draft}
            busy={chat.busy}
            canSend={model !== undefined && (plain || draft.trim() !== "")}
            placeholder={plain ? "A beginning to carry on from" : "Ask something"}
            onDraft={setDraft}
            onSend={() => send(draft)}
            onStop={chat.stop}
          />
          {plain && (
            <p class="quiet-text" data-testid="plain-note">
              This model has no chat format: it continues the text you give it, or begins on its own.
            </p>
          )}
        </footer>
      )}
    </div>
  );
}

/** Left by the service worker when the assistant was asked for on a page that extensions may not enter. */
function Notice() {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    void chrome.storage.session.get(NOTICE_KEY).then(async (stored) => {
      if (stored[NOTICE_KEY] !== "page_closed") return;
      setShown(true);
      await chrome.storage.session.remove(NOTICE_KEY);
    });
  }, []);
  if (!shown) return null;
  return (
    <div class="notice" role="status">
      <p>Chrome keeps extensions out of that page, so the assistant cannot open there. You can paste the text here.</p>
      <button
        type="button"
        class="button quiet icon"
        aria-label="Dismiss"
        title="Dismiss"
        onClick={() => setShown(false)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
