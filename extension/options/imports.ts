// Storing models: one row each, however many files it comes in, from the moment it is chosen until it is stored, stopped, or failed and dismissed.

import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import type { EngineClient, Running } from "../client";
import type { ErrorInfo } from "../errors";
import { bytes } from "../format";
import { t } from "../i18n";
import { newId } from "../new-id";
import { type Ending, filesChannel, type ModelRecord, type Progress } from "../protocol";
import { changeSettings } from "../settings";
import type { FilesMessage } from "../store/messages";
import { groupFiles, type ModelFiles } from "./model-files";

export interface ImportRow {
  id: string;
  name: string;
  size: number;
  stored: number;
  /** performance.now() at the first byte; null while it waits its turn. */
  since: number | null;
  now: number;
  /** Cancel was pressed; what was stored so far is being taken away again. */
  stopping: boolean;
  error: ErrorInfo | null;
}

type Change =
  | { type: "begin"; row: ImportRow }
  | { type: "progress"; id: string; progress: Progress; now: number }
  | { type: "stopping"; id: string }
  | { type: "failed"; id: string; error: ErrorInfo }
  | { type: "remove"; id: string };

export function changeRows(rows: readonly ImportRow[], change: Change): readonly ImportRow[] {
  const edit = (id: string, how: (row: ImportRow) => ImportRow) => rows.map((row) => (row.id === id ? how(row) : row));
  switch (change.type) {
    case "begin":
      return [...rows, change.row];
    case "remove":
      return rows.filter((row) => row.id !== change.id);
    case "stopping":
      return edit(change.id, (row) => ({ ...row, stopping: true }));
    case "failed":
      return edit(change.id, (row) => ({ ...row, error: change.error }));
    case "progress": {
      const { progress, now } = change;
      if (progress.type !== "progress") return rows;
      return edit(change.id, (row) => ({ ...row, stored: progress.bytes, now, since: row.since ?? now }));
    }
  }
}

export interface Imports {
  rows: readonly ImportRow[];
  /** The last thing worth hearing. */
  news: string;
  add: (files: Iterable<File>) => void;
  cancel: (id: string) => void;
  dismiss: (id: string) => void;
}

export function useImports(client: EngineClient): Imports {
  const [rows, dispatch] = useReducer(changeRows, []);
  const [news, tell] = useReducer((_: string, next: string) => next, "");
  const running = useRef(new Map<string, Running<ModelRecord>>());

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const model of groupFiles([...files])) void store(model);
    },
    [client],
  );

  async function store({ name, files }: ModelFiles): Promise<void> {
    const id = newId();
    const size = files.reduce((sum, file) => sum + file.size, 0);
    dispatch({
      type: "begin",
      row: { id, name, size, stored: 0, since: null, now: 0, stopping: false, error: null },
    });
    const fail = (error: ErrorInfo) => dispatch({ type: "failed", id, error });
    const lacking = await lackingSpace(size);
    if (lacking) return fail(lacking);
    tell(t("models_storing", name));
    const ending = await transfer(id, name, files);
    running.current.delete(id);
    if (ending.type === "error") return fail(ending.error);
    dispatch({ type: "remove", id });
    if (ending.type === "cancelled") return tell(t("models_not_stored", name));
    tell(t("models_is_stored", name));
    // The first model is the one to use until another is chosen.
    await changeSettings((old) => (old.modelId === null ? { ...old, modelId: ending.result.id } : old));
  }

  /** Asks for the import and hands the files over when the engine worker says it is ready for them. */
  async function transfer(id: string, name: string, files: File[]): Promise<Ending<ModelRecord>> {
    const channel = new BroadcastChannel(filesChannel(id));
    channel.onmessage = ({ data }: MessageEvent<FilesMessage>) => {
      if (data.type === "ready") channel.postMessage({ type: "files", files } satisfies FilesMessage);
    };
    const onProgress = (progress: Progress) => dispatch({ type: "progress", id, progress, now: performance.now() });
    const request = client.request({ type: "import", name }, onProgress, id);
    running.current.set(id, request);
    try {
      return await request.ending;
    } finally {
      channel.close();
    }
  }

  const busy = rows.some((row) => row.error === null);
  useEffect(() => {
    if (!busy) return undefined;
    // Closing the page stops the import, so Chrome asks first.
    const ask = (event: Event) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [busy]);

  return {
    rows,
    news,
    add,
    cancel(id) {
      dispatch({ type: "stopping", id });
      running.current.get(id)?.cancel();
    },
    dismiss: (id) => dispatch({ type: "remove", id }),
  };
}

async function lackingSpace(size: number): Promise<ErrorInfo | null> {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined || quota - usage >= size) return null;
  return {
    code: "no_space",
    message: t("models_lacking_space", bytes(size), bytes(Math.max(0, quota - usage))),
  };
}
