// The popup: a chat with the chosen model.

import { useEffect, useRef, useState } from "preact/hooks";
import { NOTICE_KEY } from "../background/assistant";
import { hasOwnPanel, openChat } from "../beside/chat";
import { PanelSwitch } from "../beside/switch";
import type { EngineClient } from "../client";
import { t } from "../i18n";
import { pickModel, writers } from "../models";
import { IconButton } from "../ui/icon-button";
import { Icon } from "../ui/icons";
import { Problem } from "../ui/problem";
import { StatusLine } from "../ui/status-line";
import { useModels, useSettings } from "../ui/use-store";
import { ChatSettings } from "./chat-settings";
import { Composer } from "./composer";
import { ComposerFoot } from "./composer-foot";
import { ConversationList } from "./conversations/list";
import { titleOf } from "./conversations/transfer";
import { Messages, PageNote } from "./messages";
import { ModelChip } from "./model-chip";
import { place } from "./page";
import { conversations, useChat } from "./use-chat";
import { usePage } from "./use-page";
import { AddModel, Starters } from "./welcome";

const inPanel = place.has("panel");
/** What is said in an incognito window is in its popup's memory alone: a panel would know nothing of it. */
const mayOpenPanel = !inPanel && !globalThis.chrome?.extension?.inIncognitoContext;

export function App({ client }: { client: EngineClient }) {
  const [settings, changeSettings] = useSettings();
  const { models, error, reload } = useModels(client);
  const [draft, setDraft] = useState("");
  const [showSettings, setShowSettings] = useState(false);
  const model = models && settings ? pickModel(models.models, settings.modelId) : undefined;
  const [listing, setListing] = useState(false);
  const [editing, setEditing] = useState<number | null>(null);
  const loaded = models?.loaded?.id === model?.id ? models?.loaded : undefined;
  const context = loaded?.context ?? model?.info.contextLength ?? 0;
  const chat = useChat({ known: models !== null, model, context }, settings, draft, setDraft);
  const page = usePage();
  const { tab } = page;
  // Known before the click: after it, nothing may be awaited.
  const [own, setOwn] = useState(false);
  useEffect(() => {
    if (tab && !inPanel) void hasOwnPanel(tab.id).then(setOwn);
  }, [tab?.id]);
  const openPanel = () => {
    if (!tab) return;
    chat.keep();
    void openChat(tab, own).then(() => close());
  };
  const { exchanges, status, announcement } = chat.conversation;
  const plain = model !== undefined && !model.info.hasChatTemplate;

  const manage = () => void chrome.runtime.openOptionsPage();
  const last = exchanges.at(-1);
  const edited = editing === null ? null : exchanges[editing];
  const sending = useRef(false);
  const send = async (text: string) => {
    if (sending.current) return; // the page is being read
    sending.current = true;
    const taken = await page.take().finally(() => {
      sending.current = false;
    });
    if (taken === undefined) return; // said why; the question stays in the field
    // A question that is edited keeps its page.
    if (editing === null) chat.ask(text, taken);
    else chat.edit(editing, text, taken ?? edited?.page ?? null);
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
  const title = exchanges.length > 0 ? titleOf({ name: chat.record.name, exchanges }) : t("chat_conversations");
  return (
    <div class="popup chord">
      {inPanel && <PanelSwitch current="chat" tabId={tab?.id} own={place.has("tab")} />}
      <header class="bar">
        <h1>
          <button
            type="button"
            class="button quiet bar-title"
            aria-label={t("chat_all_conversations_open", title)}
            title={t("chat_all_conversations")}
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
        {mayOpenPanel && <IconButton icon="panel" title={t("chat_open_in_panel")} onClick={openPanel} />}
        <IconButton icon="plus" title={t("chat_new")} onClick={startAnew} />
        <button
          type="button"
          class="button quiet icon"
          aria-label={t("chat_settings")}
          title={t("chat_settings")}
          aria-expanded={showSettings}
          aria-controls="settings"
          onClick={() => setShowSettings(!showSettings)}
        >
          <Icon name="sliders" />
        </button>
      </header>
      {showSettings && settings && (
        <ChatSettings
          settings={settings}
          model={model}
          hasChatTemplate={!plain}
          onChange={changeSettings}
          onMore={manage}
        />
      )}
      <Notice />
      {chat.unkept && (
        <p class="notice" role="alert">
          {t("chat_unkept")}
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
          <p class="welcome quiet-text late">{t("chat_looking_for_models")}</p>
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
          <Starters hasChatTemplate={!plain} onPick={setDraft} onBegin={() => void send("")} />
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
              <span>{editing < exchanges.length - 1 ? t("chat_edits_branch") : t("chat_edits_last")}</span>
              <button type="button" class="button quiet" onClick={() => edit(null)}>
                {t("chat_cancel")}
              </button>
            </p>
          )}
          {edited?.page && !page.wanted && <PageNote page={edited.page} />}
          {page.error && <Problem error={page.error} testId="page-error" remedies={{ retry: page.toggle }} />}
          <Composer
            draft={draft}
            busy={chat.busy}
            canSend={model !== undefined && (plain || draft.trim() !== "")}
            placeholder={plain ? t("chat_placeholder_plain") : t("chat_placeholder")}
            onDraft={setDraft}
            onSend={() => void send(draft)}
            onStop={chat.stop}
          />
          <ComposerFoot
            page={page}
            context={last?.model === model?.name ? (last?.context ?? null) : null}
            onNew={startAnew}
          />
          {plain && (
            <p class="quiet-text" data-testid="plain-note">
              {t("chat_plain_note")}
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
      <p>{t("chat_page_closed")}</p>
      <button
        type="button"
        class="button quiet icon"
        aria-label={t("chat_dismiss")}
        title={t("chat_dismiss")}
        onClick={() => setShown(false)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
