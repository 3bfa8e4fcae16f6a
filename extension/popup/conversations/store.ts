// Conversations in IndexedDB. An incognito window has a store of its own in memory, gone with the popup's page: nothing is written.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import * as v from "valibot";
import { isErrorCode } from "../../errors";
import { GPU_FAILURES } from "../../protocol";
import type { Exchange } from "../conversation";
import { AttachedPage } from "../page";

export interface SavedConversation {
  id: string;
  /** What the person called it; empty: it goes by its first question. */
  name: string;
  createdAt: number; // ms since 1970
  updatedAt: number;
  exchanges: readonly Exchange[];
}

// A file that is imported may say anything; a date beyond these cannot be shown.
const date = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));

const SavedExchange = v.object({
  id: v.number(),
  question: v.string(),
  answer: v.string(),
  state: v.picklist(["waiting", "streaming", "done", "stopped", "error"]),
  model: v.string(),
  speed: v.string(),
  // Those from before there were pages and counts have none.
  page: v.optional(v.nullable(AttachedPage), null),
  context: v.optional(v.nullable(v.object({ used: v.number(), size: v.number() })), null),
  note: v.nullable(v.string()),
  gpuFailed: v.optional(v.nullable(v.picklist(GPU_FAILURES)), null),
  error: v.nullable(v.object({ code: v.custom<import("../../errors").ErrorCode>(isErrorCode), message: v.string() })),
  request: v.nullable(v.string()),
});

export const Saved = v.object({
  id: v.string(),
  name: v.string(),
  createdAt: date,
  updatedAt: date,
  exchanges: v.array(SavedExchange),
});

interface Schema extends DBSchema {
  conversations: { key: string; value: SavedConversation; indexes: { updatedAt: number } };
}

/** What the popup needs of a store; every change is written before it resolves. */
export interface ConversationStore {
  /** The one changed last first. One that cannot be read is left out, and stays. */
  all(): Promise<SavedConversation[]>;
  get(id: string): Promise<SavedConversation | undefined>;
  put(conversation: SavedConversation): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those that cannot be read go, too. */
  clear(): Promise<void>;
}

const DATABASE = "chord-conversations";

export function openStore(incognito: boolean): ConversationStore {
  return incognito ? inMemory() : inDatabase();
}

function inDatabase(): ConversationStore {
  let opening: Promise<IDBPDatabase<Schema>> | null = null;
  const database = () => {
    opening ??= openDB<Schema>(DATABASE, 1, {
      upgrade(db) {
        db.createObjectStore("conversations", { keyPath: "id" }).createIndex("updatedAt", "updatedAt");
      },
    });
    opening.catch(() => {
      opening = null; // the next call tries again
    });
    return opening;
  };
  return {
    async all() {
      const stored: unknown[] = await (await database()).getAllFromIndex("conversations", "updatedAt");
      return stored.flatMap(readable).reverse();
    },
    async get(id) {
      return readable(await (await database()).get("conversations", id))[0];
    },
    async put(conversation) {
      await (await database()).put("conversations", conversation);
    },
    async remove(id) {
      await (await database()).delete("conversations", id);
    },
    async clear() {
      await (await database()).clear("conversations");
    },
  };
}

function inMemory(): ConversationStore {
  const kept = new Map<string, SavedConversation>();
  return {
    all: async () => [...kept.values()].sort((a, b) => b.updatedAt - a.updatedAt),
    get: async (id) => kept.get(id),
    put: async (conversation) => void kept.set(conversation.id, conversation),
    remove: async (id) => void kept.delete(id),
    clear: async () => kept.clear(),
  };
}

function readable(stored: unknown): SavedConversation[] {
  const result = v.safeParse(Saved, stored);
  return result.success ? [result.output] : [];
}
