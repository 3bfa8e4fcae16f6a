// The keys, as Chrome has them; they are changed on Chrome's own page.

import { useEffect, useState } from "preact/hooks";

const NAMES: Record<string, string> = { _execute_action: "Open the chat" };

export function ShortcutsSection() {
  const [commands, setCommands] = useState<chrome.commands.Command[]>([]);
  useEffect(() => {
    void chrome.commands.getAll().then(setCommands);
  }, []);
  return (
    <section aria-labelledby="shortcuts-title" id="shortcuts">
      <h2 id="shortcuts-title">Shortcuts</h2>
      <dl class="rows">
        {commands.map(({ name = "", description, shortcut }) => (
          <div key={name} class="row">
            <dt class="row-text">{NAMES[name] ?? description}</dt>
            <dd>{shortcut ? <kbd>{shortcut}</kbd> : <span class="quiet-text">None set</span>}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        class="button"
        onClick={() => void chrome.tabs.create({ url: "chrome://extensions/shortcuts" })}
      >
        Change shortcuts…
      </button>
    </section>
  );
}
