// The conversation. What the model wrote becomes text nodes and nothing else.

import { useEffect, useRef } from "preact/hooks";
import { CopyButton } from "../ui/copy";
import { IconButton } from "../ui/icon-button";
import { Problem } from "../ui/problem";
import { type Exchange, isBusy } from "./conversation";

interface Props {
  exchanges: readonly Exchange[];
  /** Which exchange's question is in the field to be changed. */
  editing: number | null;
  onRetry: () => void;
  onEdit: (at: number) => void;
  onBranch: (at: number) => void;
  onManage: () => void;
  onNew: () => void;
}

// Closer to the end than this, the view follows the answer.
const NEAR_END_PX = 40;

export function Messages({ exchanges, editing, onRetry, onEdit, onBranch, onManage, onNew }: Props) {
  const view = useRef<HTMLElement>(null);
  const following = useRef(true);
  const last = exchanges.at(-1);
  const busy = isBusy(last);

  useEffect(() => {
    following.current = true;
  }, [last?.id]);
  useEffect(() => {
    const { current } = view;
    if (current && following.current) current.scrollTop = current.scrollHeight;
  }, [exchanges]);

  return (
    <section
      ref={view}
      class="messages"
      aria-label="Conversation"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
    >
      <ol>
        {exchanges.map((exchange, at) => (
          <li key={exchange.id} class="exchange">
            <Question text={exchange.question} editing={at === editing} onEdit={busy ? null : () => onEdit(at)} />
            <Answer
              exchange={exchange}
              onRetry={exchange === last && !busy ? onRetry : null}
              onBranch={busy ? null : () => onBranch(at)}
            />
            {exchange.error && (
              <Problem
                error={exchange.error}
                safe={exchange.answer ? "What was written so far is kept." : ""}
                remedies={
                  exchange === last
                    ? {
                        retry: onRetry,
                        choose_model: onManage,
                        add_model: onManage,
                        delete_models: onManage,
                        new_conversation: onNew,
                      }
                    : {}
                }
              />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Question({ text, editing, onEdit }: { text: string; editing: boolean; onEdit: (() => void) | null }) {
  return (
    <div class="question-row">
      {onEdit && <IconButton icon="pencil" title="Edit and ask again" class="question-edit" onClick={onEdit} />}
      <div class="question" data-testid="question" data-editing={editing || undefined}>
        <span class="spoken">You: </span>
        {text === "" ? (
          <em class="quiet-text">Nothing: the model begins on its own</em>
        ) : (
          <span class="written" dir="auto">
            {text}
          </span>
        )}
      </div>
    </div>
  );
}

interface AnswerProps {
  exchange: Exchange;
  onRetry: (() => void) | null;
  onBranch: (() => void) | null;
}

function Answer({ exchange, onRetry, onBranch }: AnswerProps) {
  const { answer, state, model, note, speed } = exchange;
  const over = state !== "waiting" && state !== "streaming";
  return (
    <div class="answer">
      <span class="spoken">{model}: </span>
      <div class="written" dir="auto" data-testid="answer" data-state={state}>
        {answer}
      </div>
      {note && <p class="quiet-text">{note}</p>}
      {over && answer && (
        <div class="answer-foot">
          <CopyButton text={answer} />
          {onRetry && <IconButton icon="retry" title="Regenerate" onClick={onRetry} />}
          {onBranch && <IconButton icon="branch" title="Branch from here" onClick={onBranch} />}
          <span class="quiet-text" data-testid="answer-stats">
            {speed}
          </span>
        </div>
      )}
    </div>
  );
}
