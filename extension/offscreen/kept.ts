// Answers that outlive the page that asked: a popup closes whenever it loses the focus. Each goes on to its end, and whoever
// follows it, by the id of the request that began it, hears what there is so far and then the rest.

import type { Ending, Progress, Work } from "../protocol";
import type { Lane } from "./lanes";

export interface Listener {
  progress: (progress: Progress) => void;
  end: (ending: Ending) => void;
}

interface Answer {
  request: Work;
  listeners: Set<Listener>;
  /** The last word about what is going on, and the last about the model. */
  status: Progress | null;
  model: Progress | null;
  /** What became of the GPU, if it failed. */
  gpuFailed: Progress | null;
  text: string;
  tokens: number;
  ending: Ending | null;
}

/** Answers that ended unheard and are still remembered; the oldest are forgotten. */
const MOST_UNHEARD = 32;

export class KeptAnswers {
  readonly #queue: Lane;
  readonly #answers = new Map<string, Answer>();

  constructor(queue: Lane) {
    this.#queue = queue;
  }

  begin(request: Work, listener: Listener): void {
    const answer: Answer = {
      request,
      listeners: new Set([listener]),
      status: null,
      model: null,
      gpuFailed: null,
      text: "",
      tokens: 0,
      ending: null,
    };
    this.#answers.set(request.id, answer);
    this.#queue.add({
      owner: answer,
      request,
      onProgress: (progress) => {
        remember(answer, progress);
        for (const { progress: hear } of answer.listeners) hear(progress);
      },
      onEnding: (ending) => this.#end(answer, ending),
    });
  }

  /** False when there is no such answer, or no more. */
  follow(id: string, listener: Listener): boolean {
    const answer = this.#answers.get(id);
    if (!answer) return false;
    const { status, model, gpuFailed, text, tokens, ending } = answer;
    for (const known of [gpuFailed, status, model]) if (known) listener.progress(known);
    if (text) listener.progress({ type: "token", text, tokens });
    if (ending) {
      this.#answers.delete(id);
      listener.end(ending);
    } else {
      answer.listeners.add(listener);
    }
    return true;
  }

  leave(listener: Listener): void {
    for (const { listeners } of this.#answers.values()) listeners.delete(listener);
  }

  cancel(id: string): void {
    const answer = this.#answers.get(id);
    if (answer) this.#queue.cancel(answer, answer.request.id);
  }

  #end(answer: Answer, ending: Ending): void {
    answer.ending = ending;
    if (answer.listeners.size > 0) {
      this.#answers.delete(answer.request.id);
      for (const { end } of answer.listeners) end(ending);
      answer.listeners.clear();
      return;
    }
    const unheard = [...this.#answers].filter(([, { ending }]) => ending !== null);
    for (const [id] of unheard.slice(0, Math.max(0, unheard.length - MOST_UNHEARD))) this.#answers.delete(id);
  }
}

function remember(answer: Answer, progress: Progress): void {
  if (progress.type === "token") {
    answer.text += progress.text;
    answer.tokens = progress.tokens;
  } else if (progress.type === "model") {
    answer.model = progress;
  } else if (progress.type === "gpuFailed") {
    answer.gpuFailed = progress;
  } else {
    answer.status = progress;
  }
}
