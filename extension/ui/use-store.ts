// The settings and the stored models, as hooks that follow changes made anywhere.

import { useCallback, useEffect, useState } from "preact/hooks";
import type { EngineClient } from "../client";
import type { ErrorInfo } from "../errors";
import { MODELS_CHANNEL, type Results } from "../protocol";
import { changeSettings, onSettingsChanged, readSettings, type Settings } from "../settings";

/** Null until they are read. */
export function useSettings(): [Settings | null, (change: (settings: Settings) => Settings) => void] {
  const [settings, setSettings] = useState<Settings | null>(null);
  useEffect(() => {
    void readSettings().then(setSettings);
    return onSettingsChanged(setSettings);
  }, []);
  const change = useCallback((change: (settings: Settings) => Settings) => {
    setSettings((old) => old && change(old)); // at once; the store follows
    void changeSettings(change);
  }, []);
  return [settings, change];
}

/** Models are worth keeping when the disk fills up. Chrome decides without asking anybody. */
export function useLastingStorage(worthKeeping: boolean): void {
  useEffect(() => {
    if (worthKeeping) void navigator.storage.persist();
  }, [worthKeeping]);
}

export type Models = Results["models"];

export interface ModelsStore {
  /** Null until they are known. */
  models: Models | null;
  error: ErrorInfo | null;
  reload: () => void;
}

export function useModels(client: EngineClient): ModelsStore {
  const [models, setModels] = useState<Models | null>(null);
  const [error, setError] = useState<ErrorInfo | null>(null);
  const reload = useCallback(() => {
    setError(null);
    void client.request({ type: "models" }).ending.then((ending) => {
      if (ending.type === "done") setModels(ending.result);
      else if (ending.type === "error") setError(ending.error);
    });
  }, [client]);
  useEffect(() => {
    const channel = new BroadcastChannel(MODELS_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<Models>) => setModels(data);
    reload();
    return () => channel.close();
  }, [reload]);
  return { models, error, reload };
}
