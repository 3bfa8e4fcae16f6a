// What can be done with the selection: the actions, ways to rewrite, languages to translate into, the person's own prompts.

import { useEffect, useRef } from "preact/hooks";
import {
  type Action,
  LANGUAGES,
  type Language,
  languageName,
  MAIN_ACTIONS,
  type OwnPrompt,
  REWRITES,
  titleOf,
} from "../actions";
import { t } from "../i18n";

interface Props {
  language: Language;
  prompts: readonly OwnPrompt[];
  onLanguage: (language: Language) => void;
  onAction: (action: Action) => void;
  onPrompt: (prompt: OwnPrompt) => void;
}

/** A toolbar: one stop for Tab, arrows within. */
export function ActionList({ language, prompts, onLanguage, onAction, onPrompt }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const stops = () => [...(list.current?.querySelectorAll<HTMLElement>("button, select") ?? [])];
  useEffect(() => {
    stops().forEach((stop, i) => {
      stop.tabIndex = i === 0 ? 0 : -1;
    });
  }, [prompts]);

  function onKeyDown(event: KeyboardEvent): void {
    const all = stops();
    const at = all.indexOf(event.target as HTMLElement);
    const vertical = event.target instanceof HTMLSelectElement ? {} : { ArrowDown: at + 1, ArrowUp: at - 1 };
    const moves: Record<string, number> = { ...vertical, ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  }

  const button = (action: Action, kind: "action" | "variant") => (
    <button key={action} type="button" class={`button quiet ${kind}`} onClick={() => onAction(action)}>
      {titleOf(action)}
    </button>
  );
  return (
    <div
      ref={list}
      class="actions"
      role="toolbar"
      aria-label={t("panel_actions")}
      aria-orientation="vertical"
      onKeyDown={onKeyDown}
    >
      {MAIN_ACTIONS.map((action) => (
        <div key={action} class="action-row">
          {button(action, "action")}
          {action === "rewrite" && REWRITES.map((way) => button(way, "variant"))}
          {action === "translate" && (
            <select
              class="input language"
              aria-label={t("panel_language")}
              value={language}
              onChange={({ currentTarget: { value } }) => onLanguage(value as Language)}
            >
              {LANGUAGES.map((name) => (
                <option key={name} value={name}>
                  {languageName(name)}
                </option>
              ))}
            </select>
          )}
        </div>
      ))}
      {prompts.length > 0 && <p class="quiet-text actions-title">{t("panel_own_prompts")}</p>}
      {prompts.map((prompt) => (
        <div key={prompt.id} class="action-row">
          <button type="button" class="button quiet action" onClick={() => onPrompt(prompt)}>
            {prompt.name || t("panel_untitled")}
          </button>
        </div>
      ))}
    </div>
  );
}
