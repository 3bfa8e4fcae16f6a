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
  models: () => Promise<Results["models"]>,
  own: Identity,
): void {
  const surface = surfaceOf(port.sender, own.extensionId, own.origin);
  if (!surface) {
    port.disconnect();
    return;
  }
  const active = new Set<string>();
  let open = true;

  port.onDisconnect.addListener(() => {
    open = false;
    queue.dropOwner(port);
  });

  port.onMessage.addListener((raw) => {
    const message = parseClientMessage(raw);
    if (!message) return refuse(raw, { code: "bad_request", message: "unknown request" });
    if (!mayRequest(surface, message.type)) return refuse(raw, { code: "not_allowed", message: "" });
    if (message.type === "cancel") return queue.cancel(port, message.id);
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
      tokens.flush();
      post(ending);
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
    queue.add({
      owner: port,
      request,
      onProgress: (progress) => (progress.type === "token" ? tokens.add(progress) : post(progress)),
      onEnding: end,
    });
  }

  /** Even a request that cannot be read gets an ending, when it has an id to address it to. */
  function refuse(raw: unknown, error: ErrorInfo): void {
    const id = (raw as { id?: unknown } | null)?.id;
    if (open && typeof id === "string" && !active.has(id))
      port.postMessage({ type: "error", id, seq: 0, error } satisfies EngineEvent);
  }
}
