// Runs conversations against the engine, and keeps them.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { parseChatCall } from "../beside/chat";
import { EngineClient } from "../client";
import { runFitted } from "../fit";
import { t } from "../i18n";
import { newId } from "../new-id";
import type { Ending, GenerateResult, ModelRecord, Progress } from "../protocol";
import { samplingOf } from "../sampling";
import type { Settings } from "../settings";
import { type Conversation, change, EMPTY, type Exchange, isBusy, toInput } from "./conversation";
import { openStore, type SavedConversation } from "./conversations/store";
import { type AttachedPage, place, shortened } from "./page";
import { readSaved, Soon, writeSaved } from "./saved";

export interface Chat {
  conversation: Conversation;
  /** What of the conversation is kept beside its exchanges. */
  record: Omit<SavedConversation, "exchanges">;
  busy: boolean;
  /** The browser's storage failed: what is said here is not kept. */
  unkept: boolean;
  ask: (question: string, page: AttachedPage | null) => void;
  stop: () => void;
  retry: () => void;
  /** Asks `question` instead of that of exchange `at`. What stood behind it stays in the conversation it was. */
  edit: (at: number, question: string, page: AttachedPage | null) => void;
  /** Goes on in a conversation of its own from behind exchange `at`. */
  branch: (at: number) => void;
  /** Has all of it stored now: another page goes on with it. */
  keep: () => void;
  open: (conversation: SavedConversation) => void;
  rename: (name: string) => void;
  clear: () => void;
}

/** Conversations, or those of this incognito window. */
export const conversations = openStore(globalThis.chrome?.extension?.inIncognitoContext ?? false);

const anew = (): Chat["record"] => ({ id: newId(), name: "", createdAt: Date.now(), updatedAt: Date.now() });

/** An answer that is heard. */
interface Hearing {
  ending: Promise<Ending<GenerateResult>>;
  cancel: () => void;
}

/** Who is to answer. */
export interface Answerer {
  /** Whether it is known which models there are. */
  known: boolean;
  model: ModelRecord | undefined;
  /** Tokens the model holds, as far as that is known. */
  context: number;
}

/** Other pages hear here that a conversation is another one than before. */
const changes = new BroadcastChannel("chord.conversations");

/** A question that the engine never heard is asked by itself if the person may still wait for the answer. */
const STILL_WAITING_MS = 10 * 60_000;

export function useChat(
  { known, model, context }: Answerer,
  settings: Settings | null,
  draft: string,
  onDraft: (draft: string) => void,
): Chat {
  const [conversation, dispatch] = useReducer(change, EMPTY);
  const [record, setRecord] = useState(anew);
  const [ready, setReady] = useState(false);
  /** Whether something has been done here that the conversation of last time must not take the place of. */
  const begun = useRef(false);
  // Of its own: it is closed to hear no more of an answer.
  const { current: client } = useRef(new EngineClient());
  const running = useRef<Hearing | null>(null);
  const [unkept, setUnkept] = useState(false);
  /** A question to be asked again, once there is a model. */
  const [again, setAgain] = useState<Exchange | null>(null);
  const soon = useRef(
    new Soon<SavedConversation>((saved) => {
      conversations.put(saved).then(
        () => {
          setUnkept(false);
          if (saved.exchanges.at(-1)?.state !== "streaming") changes.postMessage(saved.id);
        },
        () => setUnkept(true),
      );
    }),
  );
  const session = useRef(new Soon(writeSaved));
  const { exchanges } = conversation;
  const busy = isBusy(exchanges.at(-1));

  function flush(): void {
    soon.current.flush();
    session.current.flush();
  }

  /** Shows what was shown last, here or in the popup. */
  async function restore(): Promise<void> {
    const saved = await readSaved();
    if (saved?.draft) onDraft(saved.draft);
    const last = saved?.conversation ? await conversations.get(saved.conversation) : undefined;
    if (last && !begun.current) open(last);
  }

  useEffect(() => {
    void restore()
      .catch(() => {}) // a store that cannot be read costs the old conversation, not the new one
      .finally(() => setReady(true));
    addEventListener("pagehide", flush);
    return () => removeEventListener("pagehide", flush);
  }, []);

  // What is said of this conversation in the popup is shown in the panel, and the other way round.
  const now = useRef({ record, exchanges, busy, open });
  now.current = { record, exchanges, busy, open };
  useEffect(() => {
    const heard = async (id: string) => {
      const saved = id === now.current.record.id ? await conversations.get(id) : undefined;
      const { record, exchanges, busy, open } = now.current;
      if (!saved || saved.id !== record.id || busy) return;
      const same = saved.exchanges.length === exchanges.length && saved.exchanges.at(-1)?.id === exchanges.at(-1)?.id;
      if (!same || saved.name !== record.name) open(saved);
    };
    changes.onmessage = ({ data }: MessageEvent<string>) => void heard(data).catch(() => {});
    const asked = (message: unknown) => {
      if (parseChatCall(message) === null || now.current.busy) return;
      begun.current = false;
      void restore().catch(() => {});
    };
    if (place.has("panel")) chrome.runtime.onMessage.addListener(asked);
    return () => {
      changes.onmessage = null;
      chrome.runtime.onMessage.removeListener(asked);
    };
  }, []);

  // Kept by the time it is shown: the popup may close at any moment.
  useLayoutEffect(() => {
    if (ready) session.current.set({ draft, conversation: exchanges.length > 0 ? record.id : null });
  }, [ready, draft, record.id, exchanges.length > 0]);

  useLayoutEffect(() => {
    if (ready) session.current.flush();
  }, [ready, record.id, exchanges.length]);

  useLayoutEffect(() => {
    if (!ready || exchanges.length === 0) return;
    soon.current.set({ ...record, updatedAt: exchanges.at(-1)?.id ?? record.updatedAt, exchanges });
    // What was asked, and an answer that is over, are not lost by closing the popup at once.
    if (exchanges.at(-1)?.state !== "streaming") soon.current.flush();
  }, [ready, record, exchanges]);

  useEffect(() => {
    if (!again || !known || !settings) return;
    setAgain(null);
    const { id, question, page } = again;
    if (exchanges.at(-1)?.id !== id || !busy) return;
    if (model) run(question, page, exchanges.slice(0, -1));
    else dispatch({ type: "unheard", id });
  }, [again, known, settings, model]);

  function hear(
    id: number,
    answer: Hearing,
    end = (ending: Ending<GenerateResult>) => dispatch({ type: "ended", id, ending }),
  ): void {
    running.current = answer;
    void answer.ending.then((ending) => {
      // One that is left goes on unheard.
      if (running.current === answer) end(ending);
    });
  }

  function run(question: string, page: AttachedPage | null, before: readonly Exchange[]): void {
    if (!model || !settings) return;
    begun.current = true;
    const id = Date.now();
    dispatch({ type: "ask", keep: before.length, id, question, page, model: model.name });
    const said = [...before, { question, answer: "", page }];
    // Where a page is too long for what the model holds, the newest one is cut.
    const at = said.findLastIndex(({ page }) => page !== null);
    const whole = said[at]?.page ?? null;
    const sampling = samplingOf(settings.sampling, model);
    const ask = (text: string, onProgress: (progress: Progress) => void) => {
      const request = newId();
      const page = whole && shortened(whole, text);
      dispatch({ type: "asking", id, request, at, page });
      const fitted = said.map((one, i) => (i === at ? { ...one, page } : one));
      const input = toInput(fitted, settings.systemPrompt, model.info.hasChatTemplate);
      const body = { type: "generate", modelId: model.id, input, sampling, keep: true } as const;
      return client.request(body, onProgress, request);
    };
    const hears = (progress: Progress) => dispatch({ type: "progress", id, progress });
    if (!whole) return hear(id, ask("", hears));
    const { ending, cancel } = runFitted({ text: whole.text, context, ask }, hears);
    hear(id, { ending: ending.then((done) => done.ending), cancel });
  }

  /** Hears nothing more of the answer under way, which goes on. */
  function leave(): void {
    soon.current.flush();
    running.current = null;
    client.close();
  }

  function open(saved: SavedConversation): void {
    begun.current = true;
    leave();
    const { exchanges, ...rest } = saved;
    setRecord(rest);
    dispatch({ type: "open", exchanges });
    const last = exchanges.at(-1);
    if (!last || !isBusy(last) || !last.request) return;
    const { id, request } = last;
    dispatch({ type: "follow", id });
    const follow = { type: "follow", answer: request } as const;
    hear(
      id,
      client.request(follow, (progress) => dispatch({ type: "progress", id, progress })),
      (ending) => {
        if (!wasUnheard(ending, exchanges)) dispatch({ type: "ended", id, ending });
        else if (Date.now() - id < STILL_WAITING_MS) setAgain(last);
        else dispatch({ type: "unheard", id });
      },
    );
  }

  function stop(): void {
    running.current?.cancel();
    dispatch({ type: "stop" }); // at once; the engine follows within a token
  }

  /** The exchanges before `at`, in a conversation of their own where something would be lost otherwise. */
  function before(at: number, keepsTheRest: boolean): readonly Exchange[] {
    const kept = exchanges.slice(0, at);
    if (keepsTheRest) {
      leave();
      setRecord({ ...anew(), name: record.name && t("chat_branch_name", record.name) });
      dispatch({ type: "open", exchanges: kept });
    }
    return kept;
  }

  return {
    conversation,
    record,
    busy,
    unkept,
    ask: (question, page) => run(question, page, exchanges),
    stop,
    retry() {
      const last = exchanges.at(-1);
      if (last && !busy) run(last.question, last.page, exchanges.slice(0, -1));
    },
    edit: (at, question, page) => run(question, page, before(at, at < exchanges.length - 1)),
    branch: (at) => void before(at + 1, true),
    keep: flush,
    open,
    rename: (name) => setRecord((old) => ({ ...old, name })),
    clear() {
      begun.current = true;
      if (busy) stop();
      leave();
      setRecord(anew());
      dispatch({ type: "clear" });
    },
  };
}

/** Closed before the engine had the question, or between two tries to fit a page into it. */
function wasUnheard(ending: Ending, exchanges: readonly Exchange[]): boolean {
  if (ending.type !== "error" || exchanges.at(-1)?.answer) return false;
  const { code } = ending.error;
  return code === "answer_lost" || (code === "context_full" && exchanges.some(({ page }) => page !== null));
}
