// The panel beside a selection: what to do with it, the answer as it comes, and what to do with the answer.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Action, goesBelow, isReading, type Job, jobTitle, type Language, type OwnPrompt } from "../actions";
import { call, type EngineClient } from "../client";
import { t } from "../i18n";
import { namesPage } from "../prompts";
import type { AssistantSettings } from "../settings";
import { CopyButton } from "../ui/copy";
import { Icon } from "../ui/icons";
import { Markdown } from "../ui/markdown/markdown";
import { Problem } from "../ui/problem";
import { StatusLine } from "../ui/status-line";
import { ActionList } from "./action-list";
import { AlwaysHere } from "./always-here";
import { applied, inPlaceOf, pieces } from "./changes";
import { Corrections } from "./corrections";
import type { PageLink } from "./link";
import { IDLE, startTask, type TaskView } from "./task";
import { WriteButtons } from "./write-buttons";

interface Props {
  client: EngineClient;
  link: PageLink;
}

const NONE: ReadonlySet<number> = new Set();

export function Panel({ client, link }: Props) {
  // `first`: what was chosen before the panel opened, if anything.
  const { text: passage, action: first, writable, title, host } = link.opening;
  const [job, setJob] = useState<Job | null>(null);
  const [choosing, setChoosing] = useState(first === null);
  const [view, setView] = useState<TaskView>(IDLE);
  const [language, setLanguage] = useState<Language>("English");
  const [prompts, setPrompts] = useState<readonly OwnPrompt[]>([]);
  const [rejected, setRejected] = useState(NONE);
  const [runs, setRuns] = useState(0);
  const stop = useRef<() => void>(() => {});
  const panel = useSize(link);
  const empty = !passage.trim();

  function run(next: Job): void {
    stop.current();
    setJob(next);
    setChoosing(false);
    setRejected(NONE);
    setRuns((count) => count + 1);
    stop.current = startTask(client, next, passage, setView);
  }
  const runAction = (action: Action, into: Language = language) => run({ kind: "action", action, language: into });
  async function runPrompt(prompt: OwnPrompt): Promise<void> {
    const page = namesPage(prompt.text) ? await link.do({ kind: "pageText" }) : "";
    run({ kind: "own", prompt, title, page: String(page || "") });
  }

  function chooseAgain(): void {
    stop.current();
    setJob(null);
    setChoosing(true);
    setView(IDLE);
  }

  function chooseLanguage(chosen: Language): void {
    setLanguage(chosen);
    void call({ type: "settings.translateTo", language: chosen }).catch(() => {}); // it holds for this panel all the same
  }

  useEffect(() => {
    let gone = false;
    const begin = (into?: Language) => {
      if (first && !empty && !gone) runAction(first, into);
    };
    // Only a translation needs to know more before it begins.
    const waits = first === "translate";
    if (!waits) begin();
    // Without the settings there are no prompts of the person's own; an action says by itself what is wrong.
    call<AssistantSettings>({ type: "settings.read" }).then(
      ({ ownPrompts, translateTo }) => {
        setPrompts(ownPrompts);
        setLanguage(translateTo);
        if (waits) begin(translateTo);
      },
      () => waits && begin(),
    );
    return () => {
      gone = true;
      stop.current();
    };
  }, []);
  useEffect(() => {
    // With the action chosen there is nothing to press yet: the panel itself takes the focus.
    const target = choosing ? panel.current?.querySelector<HTMLElement>("[role=toolbar] button") : panel.current;
    target?.focus({ preventScroll: true });
  }, [choosing]);

  const running = view.state === "running";
  const proofread = job?.kind === "action" && job.action === "proofread" && view.state === "done" && view.whole;
  const found = useMemo(
    () => (proofread ? pieces(passage, inPlaceOf(passage, view.text)) : []),
    [proofread, view.text],
  );
  // What is to stand in the page is shown as it would stand there.
  const formatted = job !== null && isReading(job);
  const result = proofread ? applied(found, rejected) : view.text;

  function decide(index: number, accept: boolean): void {
    const next = new Set(rejected);
    if (accept) next.delete(index);
    else next.add(index);
    setRejected(next);
  }
  const decideAll = (accept: boolean) =>
    setRejected(accept ? NONE : new Set(found.flatMap(({ kind }, i) => (kind === "change" ? [i] : []))));

  return (
    <div ref={panel} class="panel chord" role="dialog" aria-label={t("panel_name")} tabIndex={-1}>
      <header>
        {job ? (
          <button type="button" class="button quiet title" title={t("panel_choose_another")} onClick={chooseAgain}>
            <span data-testid="panel-title">{jobTitle(job)}</span>
            <Icon name="down" />
          </button>
        ) : (
          <span class="title">{t("panel_choose")}</span>
        )}
        {job && (
          <span class="quiet-text model" data-testid="panel-model" title={view.model}>
            {view.model}
          </span>
        )}
        <button
          type="button"
          class="button quiet icon"
          aria-label={t("panel_close")}
          title={t("panel_close_key")}
          onClick={() => link.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="body">
        {empty ? (
          <p>{t("panel_empty")}</p>
        ) : (
          choosing && (
            <>
              <ActionList
                language={language}
                prompts={prompts}
                onLanguage={chooseLanguage}
                onAction={(action) => runAction(action)}
                onPrompt={(prompt) => void runPrompt(prompt)}
              />
              <AlwaysHere host={host} />
            </>
          )
        )}
        {view.notes.map((note) => (
          <p key={note} class="quiet-text" data-testid="panel-note">
            {note}
          </p>
        ))}
        {proofread && <Corrections pieces={found} rejected={rejected} onDecide={decide} onDecideAll={decideAll} />}
        <div
          class={formatted ? "markdown" : "written"}
          dir="auto"
          data-testid="panel-answer"
          data-state={view.state}
          hidden={proofread}
        >
          {formatted ? <Markdown key={runs} text={view.text} /> : view.text}
        </div>
        {view.error && (
          <Problem
            error={view.error}
            testId="panel-error"
            remedies={{
              ...(job ? { retry: () => run(job) } : {}),
              add_model: openOptions,
              choose_model: openOptions,
              delete_models: openOptions,
            }}
          />
        )}
      </div>
      <StatusLine status={view.status} announce={view.announcement} testId="panel-status" />
      {job && !empty && (
        <footer>
          {running ? (
            <button type="button" class="button" onClick={() => stop.current()}>
              <Icon name="stop" />
              {t("ui_stop")}
            </button>
          ) : (
            <>
              {view.text && writable && (
                <WriteButtons
                  key={runs}
                  link={link}
                  // An answer about a part would take the rest away.
                  replacement={view.whole ? inPlaceOf(passage, result) : null}
                  addition={result.trim()}
                  below={job.kind === "action" && goesBelow(job.action)}
                />
              )}
              {view.text && <CopyButton text={result} label={!writable} />}
              {!view.error && (
                <button
                  type="button"
                  class={`button quiet${writable ? " icon" : ""}`}
                  aria-label={t("panel_retry")}
                  title={t("panel_retry")}
                  onClick={() => run(job)}
                >
                  <Icon name="retry" />
                  {!writable && t("panel_retry")}
                </button>
              )}
            </>
          )}
          <p class="quiet-text by" title={view.speed}>
            {view.speed.split(" · ")[0]}
          </p>
        </footer>
      )}
    </div>
  );
}

// Fails only when the extension is gone; the panel says that as soon as anything is asked of it.
const openOptions = () => void call({ type: "options.open" }).catch(() => {});

/** Tells the page how high the panel is, and keeps to the height that there is beside the selection. */
function useSize(link: PageLink) {
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = panel.current;
    if (!element) return undefined;
    link.onRoom((height) => {
      element.style.maxHeight = `${height}px`;
    });
    const observer = new ResizeObserver(() => link.size(Math.ceil(element.getBoundingClientRect().height)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [link]);
  return panel;
}
