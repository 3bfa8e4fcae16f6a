// All conversations: searched, opened, renamed, deleted, taken out as files and in again.

import { useEffect, useRef, useState } from "preact/hooks";
import { locale, t } from "../../i18n";
import { newId } from "../../new-id";
import { IconButton } from "../../ui/icon-button";
import type { IconName } from "../../ui/icons";
import { save } from "./download";
import type { ConversationStore, SavedConversation } from "./store";
import { fileName, fromJson, matching, titleOf, toJson, toMarkdown } from "./transfer";

interface Props {
  store: ConversationStore;
  current: string;
  onOpen: (conversation: SavedConversation) => void;
  onRenamed: (id: string, name: string) => void;
  onDeleted: (id: string) => void;
}

export function ConversationList({ store, current, onOpen, onRenamed, onDeleted }: Props) {
  const [all, setAll] = useState<SavedConversation[] | null>(null);
  const [query, setQuery] = useState("");
  const [deleted, setDeleted] = useState<SavedConversation | null>(null);
  const [problem, setProblem] = useState("");
  const file = useRef<HTMLInputElement>(null);

  const load = () =>
    store.all().then(setAll, () => {
      setAll([]);
      setProblem(t("chat_list_unreadable"));
    });
  useEffect(() => void load(), []);

  const change = async (what: Promise<void>) => {
    await what.catch(() => setProblem(t("chat_list_unstored")));
    await load();
  };
  const rename = (one: SavedConversation, name: string) => {
    onRenamed(one.id, name);
    void change(store.put({ ...one, name }));
  };
  const remove = (one: SavedConversation) => {
    onDeleted(one.id);
    setDeleted(one);
    void change(store.remove(one.id));
  };
  const restore = (one: SavedConversation) => {
    setDeleted(null);
    void change(store.put(one));
  };
  async function bringIn(chosen: File | undefined): Promise<void> {
    if (!chosen) return;
    const found = fromJson(await chosen.text());
    if (!found) return setProblem(t("chat_list_other_file", chosen.name));
    setProblem("");
    await change(Promise.all(found.map((one) => store.put({ ...one, id: newId() }))).then(() => {}));
  }

  if (!all) return <p class="welcome quiet-text late">{t("chat_list_looking")}</p>;
  const shown = matching(all, query);
  return (
    <section class="conversations" aria-label={t("chat_conversations")}>
      <input
        class="input"
        type="search"
        aria-label={t("chat_list_search")}
        placeholder={t("chat_list_search_short")}
        value={query}
        onInput={({ currentTarget: { value } }) => setQuery(value)}
      />
      {problem && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
      {deleted && (
        <p class="notice" role="status">
          <span>{t("chat_list_deleted", titleOf(deleted))}</span>
          <button type="button" class="button quiet" onClick={() => restore(deleted)}>
            {t("chat_list_undo")}
          </button>
        </p>
      )}
      {shown.length === 0 ? (
        <p class="quiet-text none">{all.length === 0 ? t("chat_list_none") : t("chat_list_no_match")}</p>
      ) : (
        <ul>
          {shown.map((one) => (
            <Row
              key={one.id}
              conversation={one}
              current={one.id === current}
              onOpen={() => onOpen(one)}
              onRename={(name) => rename(one, name)}
              onRemove={() => remove(one)}
            />
          ))}
        </ul>
      )}
      <footer>
        <button type="button" class="button quiet" onClick={() => file.current?.click()}>
          {t("chat_list_import")}
        </button>
        <input
          ref={file}
          type="file"
          accept=".json,application/json"
          hidden
          data-testid="conversations-file"
          onChange={({ currentTarget }) => {
            void bringIn(currentTarget.files?.[0]);
            currentTarget.value = "";
          }}
        />
        {all.length > 0 && (
          <button
            type="button"
            class="button quiet"
            onClick={() => save("chord-conversations.json", "application/json", toJson(all))}
          >
            {t("chat_list_export")}
          </button>
        )}
      </footer>
    </section>
  );
}

interface RowProps {
  conversation: SavedConversation;
  current: boolean;
  onOpen: () => void;
  onRename: (name: string) => void;
  onRemove: () => void;
}

function Row({ conversation, current, onOpen, onRename, onRemove }: RowProps) {
  const [editing, setEditing] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  const title = titleOf(conversation);
  useEffect(() => {
    if (editing) name.current?.select();
  }, [editing]);
  const done = (keep: boolean) => {
    const input = name.current;
    if (!input) return; // it loses the focus once more when it goes
    name.current = null;
    const value = input.value.trim();
    setEditing(false);
    if (keep && value !== title) onRename(value);
  };

  if (editing) {
    return (
      <li>
        <input
          ref={name}
          class="input"
          aria-label={t("chat_list_name")}
          maxLength={120}
          value={title}
          onBlur={() => done(true)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" && event.key !== "Escape") return;
            event.preventDefault(); // Escape would close the popup
            done(event.key === "Enter");
          }}
        />
      </li>
    );
  }
  const tool = (label: string, icon: IconName, act: () => void) => (
    <IconButton icon={icon} title={label} name={t("chat_list_tool", label, title)} onClick={act} />
  );
  return (
    <li data-testid="conversation">
      <button type="button" class="conversation" aria-current={current} onClick={onOpen}>
        <span class="conversation-title">{title}</span>
        <time class="quiet-text" dateTime={new Date(conversation.updatedAt).toISOString()}>
          {when(conversation.updatedAt)}
        </time>
      </button>
      <span class="conversation-tools">
        {tool(t("chat_list_rename"), "pencil", () => setEditing(true))}
        {tool(t("chat_list_markdown"), "file", () =>
          save(fileName(title, "md"), "text/markdown", toMarkdown(conversation)),
        )}
        {tool(t("chat_list_json"), "braces", () =>
          save(fileName(title, "json"), "application/json", toJson([conversation])),
        )}
        {tool(t("chat_list_delete"), "bin", onRemove)}
      </span>
    </li>
  );
}

/** The time of today, else the date. */
function when(ms: number): string {
  const date = new Date(ms);
  const today = date.toDateString() === new Date().toDateString();
  return today
    ? date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString(locale(), { day: "numeric", month: "short", year: "numeric" });
}
