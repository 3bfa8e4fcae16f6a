// The page that is opened once, after the installation: three ways to a first answer. Nothing is asked of a network before one
// is chosen.

import { useEffect, useRef, useState } from "preact/hooks";
import { openSummary } from "../beside/summary";
import type { EngineClient } from "../client";
import { t } from "../i18n";
import { writers } from "../models";
import { useDownloads } from "../options/downloads";
import { useImports } from "../options/imports";
import { Problem } from "../ui/problem";
import { useLastingStorage, useModels } from "../ui/use-store";
import { Choices } from "./choices";
import { Picture } from "./picture";
import { TryPage } from "./try-page";

/** The address's end while the page to try Chord on is shown, so that Back leads to the choices. */
const TRYING = "#try";

const openChat = () => location.assign(chrome.runtime.getURL("popup/index.html"));

export function App({ client }: { client: EngineClient }) {
  const { models, error, reload } = useModels(client);
  const stored = models?.models ?? [];
  const imports = useImports(client);
  const downloads = useDownloads(client);
  const coming = imports.rows.length + downloads.list.length;
  useLastingStorage(coming > 0);

  // What was on its way has become a model: the chat is next.
  const before = useRef<number | null>(null);
  const able = writers(stored).length;
  useEffect(() => {
    if (coming > 0) before.current ??= able;
    else if (before.current !== null && able > before.current) openChat();
  }, [coming, able]);

  const [trying, setTrying] = useState(location.hash === TRYING);
  const tabId = useTabId();
  useEffect(() => {
    const look = () => setTrying(location.hash === TRYING);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  const summarize = () => {
    if (tabId !== undefined) void openSummary(tabId);
  };
  if (trying) return <TryPage onSummarize={summarize} />;
  return (
    <main class="welcome chord">
      <header>
        <div>
          <img src="/icons/icon.svg" width="40" height="40" alt="" />
          <h1>{t("welcome_title")}</h1>
        </div>
        <Picture />
      </header>
      {error && <Problem error={error} remedies={{ retry: reload }} />}
      <Choices
        stored={stored}
        imports={imports}
        downloads={downloads}
        onTry={() => {
          // The panel first: Chrome opens it only in answer to the click.
          summarize();
          location.hash = TRYING;
          setTrying(true);
        }}
        onChat={able > 0 ? openChat : null}
      />
    </main>
  );
}

/** Known before a click: after it, nothing may be awaited. */
function useTabId(): number | undefined {
  const [id, setId] = useState<number>();
  useEffect(() => void chrome.tabs.getCurrent().then((tab) => setId(tab?.id)), []);
  return id;
}
