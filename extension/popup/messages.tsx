// The conversation. What the model wrote becomes text nodes and nothing else.

import { useEffect, useRef } from "preact/hooks";
import { CopyButton } from "../ui/copy";
import { Problem } from "../ui/problem";
import type { Exchange } from "./conversation";

interface Props {
  exchanges: readonly Exchange[];
  onRetry: () => void;
  onManage: () => void;
  onNew: () => void;
}

// Closer to the end than this, the view follows the answer.
const NEAR_END_PX = 40;

export function Messages({ exchanges, onRetry, onManage, onNew }: Props) {
  const view = useRef<HTMLElement>(null);
  const following = useRef(true);
  const last = exchanges.at(-1);

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
        {exchanges.map((exchange) => (
          <li key={exchange.id} class="exchange">
            <Question text={exchange.question} />
            <Answer exchange={exchange} />
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

function Question({ text }: { text: string }) {
  return (
    <div class="question" data-testid="question">
      <span class="spoken">You: </span>
      {text === "" ? (
        <em class="quiet-text">Nothing: the model begins on its own</em>
      ) : (
        <span class="written" dir="auto">
          {text}
        </span>
      )}
    </div>
  );
}

function Answer({ exchange }: { exchange: Exchange }) {
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
          <span class="quiet-text" data-testid="answer-stats">
            {speed}
          </span>
        </div>
      )}
    </div>
  );
}
