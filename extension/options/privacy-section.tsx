// What is kept, how much of it, where; and the button that takes it all away.

import { useEffect, useState } from "preact/hooks";
import type { EngineClient } from "../client";
import type { ErrorInfo } from "../errors";
import { bytes } from "../format";
import { modelHosts } from "../hub";
import { number, t } from "../i18n";
import { openStore } from "../popup/conversations/store";
import type { ModelRecord } from "../protocol";
import { Problem } from "../ui/problem";
import { ConfirmDialog } from "./confirm-dialog";
import { deleteEverything } from "./delete-everything";

const conversations = openStore(chrome.extension.inIncognitoContext);

interface Kept {
  conversations: number;
  /** Bytes of settings and prompts. */
  settings: number;
}

export function PrivacySection({ client, models }: { client: EngineClient; models: readonly ModelRecord[] }) {
  const [kept, setKept] = useState<Kept | null>(null);
  const [asking, setAsking] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [failure, setFailure] = useState<ErrorInfo | null>(null);
  const [news, setNews] = useState("");
  useEffect(() => {
    const again = () => void look().then(setKept);
    again();
    chrome.storage.local.onChanged.addListener(again); // not the session's, which changes with every letter of a draft
    addEventListener("focus", again); // conversations are had elsewhere
    return () => {
      chrome.storage.local.onChanged.removeListener(again);
      removeEventListener("focus", again);
    };
  }, []);
  async function remove(): Promise<void> {
    setAsking(false);
    setFailure(null);
    setDeleting(true);
    const problem = await deleteEverything(client, conversations);
    setDeleting(false);
    setFailure(problem);
    setKept(await look());
    if (!problem) setNews(t("options_all_deleted"));
  }
  const size = models.reduce((sum, model) => sum + model.size, 0);
  const host = new URL(modelHosts(chrome.runtime.getManifest())[0] ?? "https://localhost").host;
  return (
    <section aria-labelledby="privacy-title" id="privacy">
      <h2 id="privacy-title">{t("options_privacy")}</h2>
      <p class="section-lead">{t("options_privacy_lead", host)}</p>
      <dl class="rows">
        <Row what={t("options_models")} much={models.length > 0 ? `${number(models.length)} · ${bytes(size)}` : "0"} />
        {kept && (
          <>
            <Row what={t("chat_conversations")} much={number(kept.conversations)} />
            <Row what={t("options_kept_settings")} much={bytes(kept.settings)} />
          </>
        )}
      </dl>
      {failure && <Problem error={failure} safe={t("options_some_left")} />}
      <button type="button" class="button" disabled={deleting} onClick={() => setAsking(true)}>
        {deleting ? t("models_deleting") : t("options_delete_all")}
      </button>
      {asking && (
        <ConfirmDialog
          title={t("options_delete_all_title")}
          text={t("options_delete_all_text")}
          onDelete={() => void remove()}
          onKeep={() => setAsking(false)}
        />
      )}
      <p class="spoken" role="status">
        {news}
      </p>
    </section>
  );
}

function Row({ what, much }: { what: string; much: string }) {
  return (
    <div class="row">
      <dt class="row-text">{what}</dt>
      <dd class="quiet-text tabular">{much}</dd>
    </div>
  );
}

async function look(): Promise<Kept> {
  const [all, settings] = await Promise.all([
    conversations.all().catch(() => []),
    chrome.storage.local.getBytesInUse(null),
  ]);
  return { conversations: all.length, settings };
}
