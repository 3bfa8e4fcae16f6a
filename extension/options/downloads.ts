// The downloads there are, and what a person does with them. They run in the offscreen document's worker: this page only looks.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { EngineClient } from "../client";
import type { ErrorInfo } from "../errors";
import { t } from "../i18n";
import { DOWNLOADS_CHANNEL, type DownloadState } from "../protocol";
import { changeSettings } from "../settings";

export interface NewDownload {
  url: string;
  name: string;
  sha256?: string | undefined;
}

export interface Downloads {
  list: readonly DownloadState[];
  /** The last thing worth hearing. */
  news: string;
  /** Resolves with what stands in the way, or null when it has begun. */
  start: (download: NewDownload) => Promise<ErrorInfo | null>;
  steer: (id: string, action: "pause" | "resume" | "remove") => void;
}

export function useDownloads(client: EngineClient): Downloads {
  const [list, setList] = useState<readonly DownloadState[]>([]);
  const [news, setNews] = useState("");
  const seen = useRef<readonly DownloadState[]>([]);
  const removed = useRef(new Set<string>());

  const take = useCallback((next: readonly DownloadState[]) => {
    const word = whatHappened(seen.current, next, removed.current);
    if (word) setNews(word.text);
    // The first model is the one to use until another is chosen.
    if (word?.stored) {
      const { stored } = word;
      void changeSettings((old) => (old.modelId === null ? { ...old, modelId: stored } : old));
    }
    seen.current = next;
    setList(next);
  }, []);

  useEffect(() => {
    const channel = new BroadcastChannel(DOWNLOADS_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<DownloadState[]>) => take(data);
    void client.request({ type: "downloads" }).ending.then((ending) => {
      if (ending.type === "done") take(ending.result);
    });
    return () => channel.close();
  }, [client, take]);

  return {
    list,
    news,
    async start({ url, name, sha256 }) {
      const ending = await client.request({ type: "download", url, name, ...(sha256 && { sha256 }) }).ending;
      return ending.type === "error" ? ending.error : null;
    },
    steer(downloadId, action) {
      if (action === "remove") removed.current.add(downloadId);
      void client.request({ type: "steerDownload", downloadId, action });
    },
  };
}

/** What a change is worth saying aloud: how far it is every moment is not. */
export function whatHappened(
  before: readonly DownloadState[],
  after: readonly DownloadState[],
  removed: ReadonlySet<string>,
): { text: string; stored?: string } | null {
  for (const old of before) {
    const now = after.find(({ id }) => id === old.id);
    if (!now) {
      if (removed.has(old.id)) return { text: t("models_news_removed", old.name) };
      return { text: t("models_news_downloaded", old.name), stored: old.id };
    }
    if (now.phase === old.phase) continue;
    if (now.phase === "paused") return { text: t("models_news_paused", now.name) };
    if (now.phase === "failed") return { text: t("models_news_failed", now.name) };
    if (now.phase === "running" && old.phase !== "waiting") return { text: t("models_downloading", now.name) };
  }
  const fresh = after.find(
    ({ id, phase }) => phase !== "paused" && phase !== "failed" && !before.some((old) => old.id === id),
  );
  return fresh && before.length > 0 ? { text: t("models_downloading", fresh.name) } : null;
}
