// The panel beside a selection: what to do with it, the answer as it comes, and what to do with the answer.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { call, type EngineClient } from "../client";
import { ACTIONS, type Action } from "../protocol";
import { CopyButton } from "../ui/copy";
import { Icon } from "../ui/icons";
import { Problem } from "../ui/problem";
import { StatusLine } from "../ui/status-line";
import { place } from "./place";
import type { Passage } from "./selection";
import { IDLE, startTask, type TaskView } from "./task";

const LABELS: Record<Action, string> = { summarize: "Summarize", rewrite: "Rewrite", explain: "Explain" };

interface Props {
  client: EngineClient;
  passage: Passage;
  /** What was chosen before the panel opened, if anything. */
  first: Action | null;
  onClose: () => void;
}

export function Panel({ client, passage, first, onClose }: Props) {
  const [action, setAction] = useState(first);
  const [view, setView] = useState<TaskView>(IDLE);
  const stop = useRef<() => void>(() => {});
  const panel = usePlace(passage);
  const empty = !passage.text.trim();

  function run(next: Action): void {
    stop.current();
    setAction(next);
    stop.current = startTask(client, next, passage.text, setView);
  }

  useEffect(() => {
    if (first && !empty) run(first);
    // With the action chosen there is nothing to press yet: the panel itself takes the focus.
    const target = first ? panel.current : panel.current?.querySelector<HTMLElement>("[role=toolbar] button");
    target?.focus({ preventScroll: true });
    return () => stop.current();
  }, []);

  const running = view.state === "running";
  return (
    <div ref={panel} class="panel chord" role="dialog" aria-label="Chord assistant" tabIndex={-1}>
      <header>
        <Actions action={action} disabled={empty} onPick={run} />
        <button type="button" class="button quiet icon" aria-label="Close" title="Close (Esc)" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="body">
        {empty ? (
          <p>Select some text on the page first, then open the assistant again.</p>
        ) : (
          view.state === "idle" && <p class="quiet-text">Choose what to do with the selection.</p>
        )}
        {view.notes.map((note) => (
          <p key={note} class="quiet-text" data-testid="panel-note">
            {note}
          </p>
        ))}
        <div class="written" dir="auto" data-testid="panel-answer" data-state={view.state}>
          {view.text}
        </div>
        {view.error && (
          <Problem
            error={view.error}
            testId="panel-error"
            remedies={{
              ...(action ? { retry: () => run(action) } : {}),
              add_model: openOptions,
              choose_model: openOptions,
              delete_models: openOptions,
            }}
          />
        )}
      </div>
      <StatusLine status={view.status} announce={view.announcement} testId="panel-status" />
      {action && !empty && (
        <footer>
          {running ? (
            <button type="button" class="button" onClick={() => stop.current()}>
              <Icon name="stop" />
              Stop
            </button>
          ) : (
            <>
              {view.text && <CopyButton text={view.text} label />}
              {!view.error && (
                <button type="button" class="button quiet" onClick={() => run(action)}>
                  <Icon name="retry" />
                  Retry
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

/** A toolbar: one stop for Tab, arrows within. */
function Actions({
  action,
  disabled,
  onPick,
}: {
  action: Action | null;
  disabled: boolean;
  onPick: (action: Action) => void;
}) {
  const bar = useRef<HTMLDivElement>(null);
  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const buttons = [...(bar.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    buttons.at((at + step) % buttons.length)?.focus();
  }
  const stop = action ?? ACTIONS[0];
  return (
    <div ref={bar} class="actions" role="toolbar" aria-label="Actions" onKeyDown={onKeyDown}>
      {ACTIONS.map((name) => (
        <button
          key={name}
          type="button"
          class="button quiet"
          tabIndex={name === stop ? 0 : -1}
          aria-pressed={name === action}
          disabled={disabled}
          onClick={() => onPick(name)}
        >
          {LABELS[name]}
        </button>
      ))}
    </div>
  );
}

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
