// The keys, as Chrome has them; they are changed on Chrome's own page.

import { useEffect, useState } from "preact/hooks";
import { type Key, t } from "../i18n";

/** What the manifest has no words for. */
const NAMES: Record<string, Key> = { _execute_action: "options_open_chat" };

export function ShortcutsSection() {
  const [commands, setCommands] = useState<chrome.commands.Command[]>([]);
  useEffect(() => {
    void chrome.commands.getAll().then(setCommands);
  }, []);
  return (
    <section aria-labelledby="shortcuts-title" id="shortcuts">
      <h2 id="shortcuts-title">{t("options_shortcuts")}</h2>
      <dl class="rows">
        {commands.map(({ name = "", description, shortcut }) => (
          <div key={name} class="row">
            <dt class="row-text">{NAMES[name] ? t(NAMES[name]) : description}</dt>
            <dd>{shortcut ? <kbd>{shortcut}</kbd> : <span class="quiet-text">{t("options_none_set")}</span>}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        class="button"
        onClick={() => void chrome.tabs.create({ url: "chrome://extensions/shortcuts" })}
      >
        {t("options_change_shortcuts")}
      </button>
    </section>
  );
}
