// The conversation. What the model wrote becomes elements and text nodes, one by one, never HTML.

import { useEffect, useMemo, useRef } from "preact/hooks";
import { plural, t } from "../i18n";
import { gpuNote } from "../status";
import { CopyButton } from "../ui/copy";
import { IconButton } from "../ui/icon-button";
import { Icon } from "../ui/icons";
import { Markdown } from "../ui/markdown/markdown";
import { Problem } from "../ui/problem";
import { type Exchange, isBusy } from "./conversation";
import type { AttachedPage } from "./page";

interface Acts {
  onRetry: () => void;
  onEdit: (at: number) => void;
  onBranch: (at: number) => void;
  onManage: () => void;
  onNew: () => void;
}

interface Props extends Acts {
  exchanges: readonly Exchange[];
  /** Which exchange's question is in the field to be changed. */
  editing: number | null;
}

// Closer to the end than this, the view follows the answer.
const NEAR_END_PX = 40;

export function Messages({ exchanges, editing, ...now }: Props) {
  const view = useRef<HTMLElement>(null);
  const following = useRef(true);
  const acts = useRef<Acts>(now);
  acts.current = now;
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
      aria-label={t("chat_conversation")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
    >
      <ol>
        {exchanges.map((exchange, at) => (
          <ExchangeItem
            key={exchange.id}
            exchange={exchange}
            at={at}
            last={exchange === last}
            busy={busy}
            editing={at === editing}
            acts={acts}
          />
        ))}
      </ol>
    </section>
  );
}

interface ItemProps {
  exchange: Exchange;
  at: number;
  last: boolean;
  /** An answer is under way, this one or another. */
  busy: boolean;
  editing: boolean;
  /** As they are when something is pressed: what is drawn stays while the conversation goes on. */
  acts: { readonly current: Acts };
}

/** Drawn again only when something of it changes: a token of the last answer costs no more in a long conversation. */
function ExchangeItem({ exchange, at, last, busy, editing, acts }: ItemProps) {
  const manage = () => acts.current.onManage();
  const retry = () => acts.current.onRetry();
  return useMemo(
    () => (
      <li class="exchange">
        <Question
          text={exchange.question}
          page={exchange.page}
          editing={editing}
          onEdit={busy ? null : () => acts.current.onEdit(at)}
        />
        <Answer
          exchange={exchange}
          onRetry={last && !busy ? retry : null}
          onBranch={busy ? null : () => acts.current.onBranch(at)}
        />
        {exchange.error && (
          <Problem
            error={exchange.error}
            safe={exchange.answer ? t("chat_kept") : ""}
            remedies={
              last
                ? {
                    retry,
                    choose_model: manage,
                    add_model: manage,
                    delete_models: manage,
                    new_conversation: () => acts.current.onNew(),
                  }
                : {}
            }
          />
        )}
      </li>
    ),
    [exchange, at, last, busy, editing],
  );
}

interface QuestionProps {
  text: string;
  page: AttachedPage | null;
  editing: boolean;
  onEdit: (() => void) | null;
}

function Question({ text, page, editing, onEdit }: QuestionProps) {
  return (
    <div class="question-row">
      {onEdit && <IconButton icon="pencil" title={t("chat_edit")} class="question-edit" onClick={onEdit} />}
      <div class="question" data-testid="question" data-editing={editing || undefined}>
        <span class="spoken">{t("chat_you")} </span>
        {text === "" && !page ? (
          <em class="quiet-text">{t("chat_begins_itself")}</em>
        ) : (
          <span class="written" dir="auto">
            {text}
          </span>
        )}
        {page && <PageNote page={page} />}
      </div>
    </div>
  );
}

/** Which page went with a question, and how much of it. */
export function PageNote({ page }: { page: AttachedPage }) {
  return (
    <p class="page-note quiet-text" data-testid="question-page" title={page.url}>
      <Icon name="page" />
      <span>
        <bdi>{page.title || t("chat_untitled_page")}</bdi> ·{" "}
        {page.cut ? plural("chat_page_cut", page.words) : plural("chat_page_words", page.words)}
      </span>
    </p>
  );
}

interface AnswerProps {
  exchange: Exchange;
  onRetry: (() => void) | null;
  onBranch: (() => void) | null;
}

function Answer({ exchange, onRetry, onBranch }: AnswerProps) {
  const { answer, state, model, note, gpuFailed, speed } = exchange;
  const over = state !== "waiting" && state !== "streaming";
  return (
    <div class="answer">
      <span class="spoken">{t("chat_says", model)} </span>
      <div class="markdown" dir="auto" data-testid="answer" data-state={state}>
        <Markdown text={answer} />
      </div>
      {gpuFailed && (
        <p class="quiet-text" data-testid="gpu-note">
          {gpuNote(gpuFailed)}
        </p>
      )}
      {note && <p class="quiet-text">{note}</p>}
      {over && answer && (
        <div class="answer-foot">
          <CopyButton text={answer} />
          {onRetry && <IconButton icon="retry" title={t("chat_regenerate")} onClick={onRetry} />}
          {onBranch && <IconButton icon="branch" title={t("chat_branch")} onClick={onBranch} />}
          <span class="quiet-text" data-testid="answer-stats">
            {speed}
          </span>
        </div>
      )}
      {over && !answer && !exchange.error && onRetry && (
        <div class="answer-foot">
          <button type="button" class="button" onClick={onRetry}>
            {t("chat_ask_again")}
          </button>
        </div>
      )}
    </div>
  );
}
