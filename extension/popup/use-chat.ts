// Runs a conversation against the engine.

import { useEffect, useReducer, useRef } from "preact/hooks";
import type { EngineClient, Running } from "../client";
import type { GenerateResult, ModelRecord } from "../protocol";
import type { Settings } from "../settings";
import { type Conversation, change, EMPTY, isBusy, toInput } from "./conversation";
import { readSaved } from "./saved";

export interface Chat {
  conversation: Conversation;
  busy: boolean;
  ask: (question: string) => void;
  stop: () => void;
  retry: () => void;
  clear: () => void;
}

export function useChat(
  client: EngineClient,
  model: ModelRecord | undefined,
  settings: Settings | null,
  onDraft: (draft: string) => void,
): Chat {
  const [conversation, dispatch] = useReducer(change, EMPTY);
  const running = useRef<Running<GenerateResult> | null>(null);
  const busy = isBusy(conversation.exchanges.at(-1));

  useEffect(() => {
    void readSaved().then((saved) => {
      if (!saved) return;
      dispatch({ type: "restore", exchanges: saved.exchanges });
      onDraft(saved.draft);
    });
  }, []);

  function run(question: string, before: Conversation["exchanges"], again: boolean): void {
    if (!model || !settings) return;
    const id = Date.now();
    dispatch(again ? { type: "again", id, model: model.name } : { type: "ask", id, question, model: model.name });
    const exchange = {
      id,
      question,
      answer: "",
      state: "waiting",
      model: model.name,
      speed: "",
      note: null,
      error: null,
    } as const;
    const input = toInput([...before, exchange], settings.systemPrompt, model.info.hasChatTemplate);
    const { sampling } = settings;
    const request = client.request({ type: "generate", modelId: model.id, input, sampling }, (progress) =>
      dispatch({ type: "progress", id, progress }),
    );
    running.current = request;
    void request.ending.then((ending) => dispatch({ type: "ended", id, ending, maxTokens: sampling.maxTokens }));
  }

  function stop(): void {
    running.current?.cancel();
    dispatch({ type: "stop" }); // at once; the engine follows within a token
  }

  return {
    conversation,
    busy,
    ask: (question) => run(question, conversation.exchanges, false),
    stop,
    retry() {
      const last = conversation.exchanges.at(-1);
      if (last && !busy) run(last.question, conversation.exchanges.slice(0, -1), true);
    },
    clear() {
      if (busy) stop();
      dispatch({ type: "clear" });
    },
  };
}
