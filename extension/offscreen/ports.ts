// Between a surface's port and the queue: checks who asks and what, numbers the events, and keeps the queue's promise that
// each request ends once.

import type { PortLike } from "../client";
import { type ErrorInfo, toErrorInfo } from "../errors";
import {
  type Ending,
  type EngineEvent,
  type Progress,
  parseClientMessage,
  type Request,
  type Results,
} from "../protocol";
import { mayRequest, type Sender, surfaceOf } from "../senders";
import type { KeptAnswers, Listener } from "./kept";
import type { Lane } from "./lanes";
import { TokenBuffer } from "./token-buffer";

export interface AcceptedPort extends PortLike {
  sender?: Sender | undefined;
}

export interface Identity {
  extensionId: string;
  origin: string;
}

/** Serves one surface until its port closes. */
export function servePort(
  port: AcceptedPort,
  queue: Lane,
  kept: KeptAnswers,
  models: () => Promise<Results["models"]>,
  own: Identity,
): void {
  const surface = surfaceOf(port.sender, own.extensionId, own.origin);
  if (!surface) {
    port.disconnect();
    return;
  }
  const active = new Set<string>();
  /** Kept answers that this port hears: under the id it hears each by, whose answer it is. */
  const heard = new Map<string, { answer: string; listener: Listener }>();
  let open = true;

  port.onDisconnect.addListener(() => {
    open = false;
    queue.dropOwner(port);
    for (const { listener } of heard.values()) kept.leave(listener);
  });

  port.onMessage.addListener((raw) => {
    const message = parseClientMessage(raw);
    if (!message) return refuse(raw, { code: "bad_request", message: "unknown request" });
    if (!mayRequest(surface, message.type)) return refuse(raw, { code: "not_allowed", message: "" });
    if (message.type === "cancel") {
      const one = heard.get(message.id);
      return one ? kept.cancel(one.answer) : queue.cancel(port, message.id);
    }
    if (active.has(message.id)) return undefined; // a repeated id: the first one's ending serves both
    return accept(message);
  });

  function accept(request: Request): void {
    const { id } = request;
    active.add(id);
    let seq = 0;
    const post = (event: Progress | Ending) => {
      if (open) port.postMessage({ ...event, id, seq: seq++ } as EngineEvent);
    };
    const tokens = new TokenBuffer(post);
    const end = (ending: Ending) => {
      if (!active.delete(id)) return;
      heard.delete(id);
      tokens.flush();
      post(ending);
    };
    const progress = (what: Progress) => {
      if (what.type === "token") return tokens.add(what);
      tokens.flush(); // what is told between two words stays there
      post(what);
    };
    const hear = (answer: string): Listener => {
      const listener = { progress, end };
      heard.set(id, { answer, listener });
      return listener;
    };
    if (request.type === "models") {
      // Answered from what is known: listing waits for nobody's answer to finish.
      models().then(
        (result) => end({ type: "done", result }),
        (error: ErrorInfo | Error) =>
          end({ type: "error", error: error instanceof Error ? toErrorInfo(error) : error }),
      );
      return;
    }
    if (request.type === "follow") {
      const lost: ErrorInfo = { code: "answer_lost", message: "" };
      if (!kept.follow(request.answer, hear(request.answer))) end({ type: "error", error: lost });
      return;
    }
    // A content script's page is its answers' only reader.
    if (request.type === "generate" && request.keep && surface === "page") return kept.begin(request, hear(id));
    queue.add({ owner: port, request, onProgress: progress, onEnding: end });
  }

  /** Even a request that cannot be read gets an ending, when it has an id to address it to. */
  function refuse(raw: unknown, error: ErrorInfo): void {
    const id = (raw as { id?: unknown } | null)?.id;
    if (open && typeof id === "string" && !active.has(id))
      port.postMessage({ type: "error", id, seq: 0, error } satisfies EngineEvent);
  }
}
