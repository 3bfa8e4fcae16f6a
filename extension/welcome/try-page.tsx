// A page to try Chord on: an article, which the side panel reads like any other.

import { useEffect, useRef, useState } from "preact/hooks";
import { around, t } from "../i18n";
import { Icon } from "../ui/icons";

const BEGINNING = [1, 2, 3] as const;
const DAY = [4, 5] as const;
const EVENING = [6, 7, 8] as const;

export function TryPage({ onSummarize }: { onSummarize: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const keys = useShortcut("summarize");
  useEffect(() => {
    const before = document.title;
    document.title = t("welcome_try_title");
    scrollTo(0, 0);
    heading.current?.focus();
    return () => {
      document.title = before;
    };
  }, []);
  return (
    <div class="try chord">
      <aside class="hint" aria-label={t("welcome_try_hint_name")}>
        <p>{keys ? around("welcome_try_hint", <kbd key="keys">{keys}</kbd>) : t("welcome_try_hint_no_key")}</p>
        <div class="hint-foot">
          <button type="button" class="button" onClick={onSummarize}>
            <Icon name="page" />
            {t("welcome_try_again")}
          </button>
          <a href="#choices">{t("welcome_try_back")}</a>
        </div>
      </aside>
      <main>
        <article>
          <h1 ref={heading} tabIndex={-1}>
            {t("welcome_try_title")}
          </h1>
          <p class="lead">{t("welcome_try_lead")}</p>
          {BEGINNING.map(paragraph)}
          <h2>{t("welcome_try_day")}</h2>
          {DAY.map(paragraph)}
          <h2>{t("welcome_try_evening")}</h2>
          {EVENING.map(paragraph)}
        </article>
      </main>
    </div>
  );
}

const paragraph = (n: (typeof BEGINNING | typeof DAY | typeof EVENING)[number]) => (
  <p key={n}>{t(`welcome_try_${n}`)}</p>
);

/** The keys of a command, as Chrome has them; empty where there are none. */
function useShortcut(command: string): string {
  const [keys, setKeys] = useState("");
  useEffect(() => {
    void chrome.commands.getAll().then((all) => setKeys(all.find(({ name }) => name === command)?.shortcut ?? ""));
  }, []);
  return keys;
}
