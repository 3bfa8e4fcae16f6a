// The side panel: a page in short, each point with its place in the page, and questions about it.

import { useEffect, useRef, useState } from "preact/hooks";
import { parseSummaryCall } from "../beside/summary";
import { PanelSwitch } from "../beside/switch";
import type { EngineClient } from "../client";
import { plural, t } from "../i18n";
import { pickModel } from "../models";
import { Icon } from "../ui/icons";
import { StatusLine } from "../ui/status-line";
import { useModels, useSettings } from "../ui/use-store";
import { AskField } from "./ask-field";
import { type Choice, DEFAULT_CHOICE, readChoice, saveChoice } from "./choice";
import { Menus } from "./menus";
import { SectionView } from "./section";
import { EMPTY, PanelSession, type PanelView } from "./session";
import type { PageTab } from "./tab";

export function App({ client, tab }: { client: EngineClient; tab: PageTab }) {
  const [view, setView] = useState<PanelView>(EMPTY);
  const [choice, setChoice] = useState<Choice>(DEFAULT_CHOICE);
  const [settings] = useSettings();
  const { models } = useModels(client);
  const session = useRef<PanelSession | null>(null);
  const model = models && settings ? pickModel(models.models, settings.modelId) : undefined;

  useEffect(() => {
    const begun = new PanelSession(client, tab, setView);
    session.current = begun;
    const begin = () =>
      void readChoice().then((kept) => {
        setChoice(kept);
        void begun.summarize(kept);
      });
    begin();
    const heard = (message: unknown) => {
      if (parseSummaryCall(message)?.tabId === tab.id) begin();
    };
    chrome.runtime.onMessage.addListener(heard);
    const stopListening = tab.onLeft(() => begun.leave());
    return () => {
      chrome.runtime.onMessage.removeListener(heard);
      stopListening();
      begun.stop();
    };
  }, []);

  const choose = (change: Partial<Choice>) => {
    const next = { ...choice, ...change };
    setChoice(next);
    void saveChoice(next);
    middle.current?.scrollTo({ top: 0 });
    void session.current?.choose(next);
  };
  const again = () => void session.current?.summarize(choice);
  const manage = () => void chrome.runtime.openOptionsPage();
  const { page, summary } = view;
  const busy = view.status !== null;
  const middle = useRef<HTMLElement>(null);
  // The innermost thing first: what is under way, then the mark in the page.
  useEffect(() => {
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      if (busy) session.current?.stop();
      else void tab.unpin();
    };
    addEventListener("keydown", onEscape);
    return () => removeEventListener("keydown", onEscape);
  }, [busy]);
  const asked = view.questions.at(-1);
  useEffect(() => {
    if (asked) middle.current?.querySelector(".questions > :last-child")?.scrollIntoView();
  }, [asked?.id, asked?.state]);
  const shown = view.shown ?? choice;

  return (
    <div class="sidepanel chord">
      <PanelSwitch current="summary" tabId={tab.id} own />
      <header class="head">
        <h1 dir="auto" title={page?.title}>
          {page?.title || t("sidepanel_this_page")}
        </h1>
        <p class="quiet-text">
          <span dir="auto">{page?.site}</span>
          {view.saved > 0 && <span data-testid="saved"> · {plural("sidepanel_saves", view.saved)}</span>}
        </p>
        <Menus
          choice={shown}
          model={model}
          disabled={!summary || view.left || summary.error?.code === "page_closed"}
          onChange={choose}
        />
      </header>
      {view.left && (
        <div class="notice" role="status" data-testid="left">
          <p>{t("sidepanel_left")}</p>
          <button type="button" class="button" onClick={again}>
            {t("sidepanel_summarize_it")}
          </button>
        </div>
      )}
      <main class="middle" ref={middle}>
        {summary && (
          <SectionView
            section={summary}
            kind={shown.kind}
            tab={tab}
            gone={view.left}
            testId="summary"
            remedies={{ retry: again, add_model: manage, choose_model: manage, delete_models: manage }}
          >
            {summary.state !== "running" && !summary.error && !view.left && (
              <Author choice={shown} model={model?.name} onWrite={(written) => choose({ written })} />
            )}
          </SectionView>
        )}
        {page?.cut && <p class="quiet-text">{t("sidepanel_cut")}</p>}
        {view.questions.length > 0 && (
          <ol class="questions" aria-label={t("sidepanel_questions")}>
            {view.questions.map((question) => (
              <li key={question.id}>
                <p class="question written" dir="auto">
                  <span class="spoken">{t("ui_you")}</span>
                  {question.text}
                </p>
                <SectionView
                  section={question}
                  kind="points"
                  tab={tab}
                  gone={view.left}
                  testId="answer"
                  remedies={{ choose_model: manage, delete_models: manage }}
                />
              </li>
            ))}
          </ol>
        )}
      </main>
      <footer class="foot">
        <div class="status-row">
          <StatusLine status={view.status} announce={view.announcement} />
          {busy && (
            <button type="button" class="button quiet" onClick={() => session.current?.stop()}>
              <Icon name="stop" />
              {t("ui_stop")}
            </button>
          )}
        </div>
        <AskField disabled={!page || view.left} onAsk={(text) => void session.current?.ask(text)} />
      </footer>
    </div>
  );
}

/** The way from chosen sentences to written ones, and back. */
function Author(props: { choice: Choice; model: string | undefined; onWrite: (written: boolean) => void }) {
  const { choice, model, onWrite } = props;
  if (choice.written)
    return (
      <button type="button" class="button quiet" onClick={() => onWrite(false)}>
        <Icon name="page" />
        {t("sidepanel_own_sentences")}
      </button>
    );
  if (!model) return null;
  return (
    <button type="button" class="button quiet" onClick={() => onWrite(true)}>
      <Icon name="pen" />
      {t("sidepanel_write_with", model)}
    </button>
  );
}
