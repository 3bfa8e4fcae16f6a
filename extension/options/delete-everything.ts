// Takes away all that Chord has kept since it was installed: what is on its way first, so that nothing comes after.

import type { EngineClient } from "../client";
import type { ErrorInfo } from "../errors";
import { toErrorInfo } from "../errors";
import type { ConversationStore } from "../popup/conversations/store";

/** Null when everything is gone; else what stands in the way of the rest. */
export async function deleteEverything(
  client: EngineClient,
  conversations: ConversationStore,
): Promise<ErrorInfo | null> {
  try {
    const downloads = await client.request({ type: "downloads" }).ending;
    if (downloads.type === "error") return downloads.error;
    for (const { id } of downloads.type === "done" ? downloads.result : []) {
      const ending = await client.request({ type: "steerDownload", downloadId: id, action: "remove" }).ending;
      if (ending.type === "error") return ending.error;
    }
    const models = await client.request({ type: "models" }).ending;
    if (models.type === "error") return models.error;
    for (const { id } of models.type === "done" ? models.result.models : []) {
      const ending = await client.request({ type: "delete", modelId: id }).ending;
      if (ending.type === "error") return ending.error;
    }
    await conversations.clear();
    const { origins = [] } = await chrome.permissions.getAll();
    if (origins.length > 0) await chrome.permissions.remove({ origins });
    await Promise.all([chrome.storage.local.clear(), chrome.storage.session.clear()]);
    return null;
  } catch (error) {
    return toErrorInfo(error);
  }
}
