// The panel beside a selection: what to do with it, the answer as it comes, and what to do with the answer.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Action, goesBelow, type Job, jobTitle, type Language, type OwnPrompt } from "../actions";
import { call, type EngineClient } from "../client";
import { namesPage } from "../prompts";
import type { AssistantSettings } from "../settings";
import { CopyButton } from "../ui/copy";
import { Icon } from "../ui/icons";
import { Problem } from "../ui/problem";
import { StatusLine } from "../ui/status-line";
import { ActionList } from "./action-list";
import { applied, inPlaceOf, pieces } from "./changes";
import { Corrections } from "./corrections";
import { place } from "./place";
import type { Passage } from "./selection";
import { IDLE, startTask, type TaskView } from "./task";
import { WriteButtons } from "./write-buttons";

interface Props {
  client: EngineClient;
  passage: Passage;
  /** What was chosen before the panel opened, if anything. */
  first: Action | null;
  onClose: () => void;
}

const NONE: ReadonlySet<number> = new Set();

export function Panel({ client, passage, first, onClose }: Props) {
  const [job, setJob] = useState<Job | null>(null);
  const [choosing, setChoosing] = useState(first === null);
  const [view, setView] = useState<TaskView>(IDLE);
  const [language, setLanguage] = useState<Language>("English");
  const [prompts, setPrompts] = useState<readonly OwnPrompt[]>([]);
  const [rejected, setRejected] = useState(NONE);
  const [runs, setRuns] = useState(0);
  const stop = useRef<() => void>(() => {});
  const panel = usePlace(passage);
  const empty = !passage.text.trim();

  function run(next: Job): void {
    stop.current();
    setJob(next);
    setChoosing(false);
    setRejected(NONE);
    setRuns((count) => count + 1);
    stop.current = startTask(client, next, passage.text, setView);
  }
  const runAction = (action: Action, into: Language = language) => run({ kind: "action", action, language: into });
  const runPrompt = (prompt: OwnPrompt) => run({ kind: "own", prompt, title: document.title, page: pageText(prompt) });

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
    () => (proofread ? pieces(passage.text, inPlaceOf(passage.text, view.text)) : []),
    [proofread, view.text],
  );
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
    <div ref={panel} class="panel chord" role="dialog" aria-label="Chord assistant" tabIndex={-1}>
      <header>
        {job ? (
          <button type="button" class="button quiet title" title="Choose another action" onClick={chooseAgain}>
            <span data-testid="panel-title">{jobTitle(job)}</span>
            <Icon name="down" />
          </button>
        ) : (
          <span class="title">What to do with the selection</span>
        )}
        <button type="button" class="button quiet icon" aria-label="Close" title="Close (Esc)" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="body">
        {empty ? (
          <p>Select some text on the page first, then open the assistant again.</p>
        ) : (
          choosing && (
            <ActionList
              language={language}
              prompts={prompts}
              onLanguage={chooseLanguage}
              onAction={(action) => runAction(action)}
              onPrompt={runPrompt}
            />
          )
        )}
        {view.notes.map((note) => (
          <p key={note} class="quiet-text" data-testid="panel-note">
            {note}
          </p>
        ))}
        {proofread && <Corrections pieces={found} rejected={rejected} onDecide={decide} onDecideAll={decideAll} />}
        <div class="written" dir="auto" data-testid="panel-answer" data-state={view.state} hidden={proofread}>
          {view.text}
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
              Stop
            </button>
          ) : (
            <>
              {view.text && passage.writer && (
                <WriteButtons
                  key={runs}
                  writer={passage.writer}
                  // An answer about a part would take the rest away.
                  replacement={view.whole ? inPlaceOf(passage.text, result) : null}
                  addition={result.trim()}
                  below={job.kind === "action" && goesBelow(job.action)}
                />
              )}
              {view.text && <CopyButton text={result} label={!passage.writer} />}
              {!view.error && (
                <button
                  type="button"
                  class={`button quiet${passage.writer ? " icon" : ""}`}
                  aria-label="Retry"
                  title="Retry"
                  onClick={() => run(job)}
                >
                  <Icon name="retry" />
                  {!passage.writer && "Retry"}
                </button>
              )}
            </>
          )}
          <p class="quiet-text by" title={[view.model, view.speed].filter(Boolean).join(" · ")}>
            <span class="model">{view.model}</span>
            {view.speed && <span>· {view.speed.split(" · ")[0]}</span>}
          </p>
        </footer>
      )}
    </div>
  );
}

// Fails only when the extension is gone; the panel says that as soon as anything is asked of it.
const openOptions = () => void call({ type: "options.open" }).catch(() => {});

/** What one sees of the page, for a prompt that names it. */
const pageText = (prompt: OwnPrompt) => (namesPage(prompt.text) ? document.body.innerText.trim() : "");

/** Keeps the panel beside the passage while the page scrolls or the window changes. */
function usePlace(passage: Passage) {
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    let frame = 0;
    const put = () => {
      frame = 0;
      if (!panel.current) return;
      const { clientWidth: width, clientHeight: height } = document.documentElement;
      const at = place(passage.rect(), { width, height: Math.min(height, innerHeight) || innerHeight });
      Object.assign(panel.current.style, {
        left: `${at.left}px`,
        top: at.top === null ? "auto" : `${at.top}px`,
        bottom: at.bottom === null ? "auto" : `${at.bottom}px`,
        width: `${at.width}px`,
        maxHeight: `${at.maxHeight}px`,
      });
    };
    const soon = () => {
      frame ||= requestAnimationFrame(put);
    };
    put();
    addEventListener("scroll", soon, { capture: true, passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon, { capture: true });
      removeEventListener("resize", soon);
    };
  }, [passage]);
  return panel;
}
