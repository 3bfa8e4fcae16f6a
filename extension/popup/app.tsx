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
import { ConversationList } from "./conversations/list";
import { titleOf } from "./conversations/transfer";
import { Messages } from "./messages";
import { ModelChip } from "./model-chip";
import { conversations, useChat } from "./use-chat";
import { AddModel, Starters } from "./welcome";

const NEW = "New conversation";

export function App({ client }: { client: EngineClient }) {
  const [settings, changeSettings] = useSettings();
  const { models, error, reload } = useModels(client);
  const [draft, setDraft] = useState("");
  const [showSettings, setShowSettings] = useState(false);
  const model = models && settings ? pickModel(models.models, settings.modelId) : undefined;
  const [listing, setListing] = useState(false);
  const [editing, setEditing] = useState<number | null>(null);
  const chat = useChat(model, settings, draft, setDraft);
  const { exchanges, status, announcement } = chat.conversation;
  const plain = model !== undefined && !model.info.hasChatTemplate;

  const manage = () => void chrome.runtime.openOptionsPage();
  const send = (text: string) => {
    if (editing === null) chat.ask(text);
    else chat.edit(editing, text);
    setEditing(null);
    setDraft("");
  };
  const edit = (at: number | null) => {
    setEditing(at);
    setDraft(at === null ? "" : (exchanges[at]?.question ?? ""));
  };
  const startAnew = () => {
    chat.clear();
    setShowSettings(false);
    setListing(false);
    setEditing(null);
  };
  const title = exchanges.length > 0 ? titleOf({ name: chat.record.name, exchanges }) : "Conversations";
  return (
    <div class="popup chord">
      <header class="bar">
        <h1>
          <button
            type="button"
            class="button quiet bar-title"
            aria-label={`All conversations: ${title}`}
            title="All conversations"
            aria-expanded={listing}
            onClick={() => {
              setListing(!listing);
              setShowSettings(false);
            }}
          >
            <span>{title}</span>
            <Icon name="down" />
          </button>
        </h1>
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
      {chat.unkept && (
        <p class="notice" role="alert">
          This conversation is not kept: the browser's storage failed. Copy what you need before you close Chord.
        </p>
      )}
      <main class="middle">
        {listing ? (
          <ConversationList
            store={conversations}
            current={chat.record.id}
            onOpen={(conversation) => {
              if (conversation.id !== chat.record.id) chat.open(conversation);
              setListing(false);
              setEditing(null);
            }}
            onRenamed={(id, name) => id === chat.record.id && chat.rename(name)}
            onDeleted={(id) => id === chat.record.id && chat.clear()}
          />
        ) : error ? (
          <div class="welcome">
            <Problem error={error} remedies={{ retry: reload }} />
          </div>
        ) : !models ? (
          <p class="welcome quiet-text late">Looking for models…</p>
        ) : exchanges.length > 0 ? (
          <Messages
            exchanges={exchanges}
            editing={editing}
            onRetry={chat.retry}
            onEdit={edit}
            onBranch={chat.branch}
            onManage={manage}
            onNew={startAnew}
          />
        ) : model ? (
          <Starters hasChatTemplate={!plain} onPick={setDraft} onBegin={() => send("")} />
        ) : (
          <AddModel onAdd={manage} />
        )}
      </main>
      {/* With nothing to ask there is nothing to write; while the models are looked for one may begin. */}
      {!listing && models && !model && exchanges.length > 0 && (
        <footer class="foot">
          <Problem error={{ code: "no_model", message: "" }} remedies={{ add_model: manage }} />
        </footer>
      )}
      {!listing && (!models || model) && (
        <footer class="foot">
          <StatusLine status={status} announce={announcement} />
          {editing !== null && (
            <p class="editing quiet-text">
              <span>
                {editing < exchanges.length - 1
                  ? "Asked anew in a branch; this conversation stays as it is."
                  : "The last question, asked anew."}
              </span>
              <button type="button" class="button quiet" onClick={() => edit(null)}>
                Cancel
              </button>
            </p>
          )}
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
