// The stored models: which one is used, and what can be done with each.

import { useRef, useState } from "preact/hooks";
import type { EngineClient, Running } from "../client";
import type { ErrorInfo } from "../errors";
import { bytes, parameters, percent } from "../format";
import { number, t } from "../i18n";
import { pickModel } from "../models";
import type { ModelRecord, VerifyResult } from "../protocol";
import type { Settings } from "../settings";
import { Icon } from "../ui/icons";
import { Problem } from "../ui/problem";
import { ConfirmDialog } from "./confirm-dialog";
import { ModelMenu } from "./model-menu";
import { RenameForm } from "./rename-form";
import { saveModel } from "./save-file";

interface Props {
  client: EngineClient;
  models: readonly ModelRecord[];
  settings: Settings;
  onChange: (change: (settings: Settings) => Settings) => void;
  /** Called when the row that had the focus is gone. */
  onGone: () => void;
}

export function StoredModels({ client, models, settings, onChange, onGone }: Props) {
  const [deleting, setDeleting] = useState<ModelRecord | null>(null);
  const [news, setNews] = useState("");
  const [busy, setBusy] = useState<string | null>(null);
  const [failure, setFailure] = useState<ErrorInfo | null>(null);
  const chosen = pickModel(models, settings.modelId);

  async function remove(model: ModelRecord): Promise<void> {
    setDeleting(null);
    setFailure(null);
    setBusy(model.id);
    const ending = await client.request({ type: "delete", modelId: model.id }).ending;
    setBusy(null);
    if (ending.type === "error") return setFailure(ending.error);
    setNews(t("models_deleted", model.name));
    onGone();
    onChange((old) => (old.modelId === model.id ? { ...old, modelId: null } : old));
  }

  return (
    <>
      {failure && <Problem error={failure} safe={t("models_still_stored")} />}
      {models.length > 0 && (
        <ul class="rows" aria-label={t("models_list")}>
          {models.map((model) => (
            <StoredModel
              key={model.id}
              client={client}
              model={model}
              inUse={model.id === chosen?.id}
              deleting={busy === model.id}
              onUse={() => onChange((old) => ({ ...old, modelId: model.id }))}
              onDelete={() => setDeleting(model)}
              onNews={setNews}
            />
          ))}
        </ul>
      )}
      {deleting && (
        <ConfirmDialog
          title={t("models_delete_title", deleting.name)}
          text={t(deleting.source ? "models_delete_again" : "models_delete_file", bytes(deleting.size))}
          onDelete={() => void remove(deleting)}
          onKeep={() => setDeleting(null)}
        />
      )}
      <p class="spoken" role="status">
        {news}
      </p>
    </>
  );
}

interface RowProps {
  client: EngineClient;
  model: ModelRecord;
  inUse: boolean;
  deleting: boolean;
  onUse: () => void;
  onDelete: () => void;
  onNews: (news: string) => void;
}

function StoredModel({ client, model, inUse, deleting, onUse, onDelete, onNews }: RowProps) {
  const [renaming, setRenaming] = useState(false);
  const [failure, setFailure] = useState<ErrorInfo | null>(null);
  const [found, setFound] = useState("");
  const [checked, setChecked] = useState<number | null>(null);
  const [saving, setSaving] = useState(false);
  const checking = useRef<Running<VerifyResult> | null>(null);

  async function rename(name: string): Promise<void> {
    setRenaming(false);
    if (name === model.name) return;
    const ending = await client.request({ type: "rename", modelId: model.id, name }).ending;
    setFailure(ending.type === "error" ? ending.error : null);
  }

  async function save(): Promise<void> {
    setFailure(null);
    setSaving(true);
    const problem = await saveModel(client, model).catch(
      (error: Error): ErrorInfo => ({ code: "internal", message: error.message }),
    );
    setSaving(false);
    if (problem) setFailure(problem);
    else if (problem === null) onNews(t("models_saved", model.name));
  }

  async function verify(): Promise<void> {
    setFailure(null);
    setFound("");
    setChecked(0);
    checking.current = client.request({ type: "verify", modelId: model.id }, (progress) => {
      if (progress.type === "progress") setChecked(progress.bytes);
    });
    const ending = await checking.current.ending;
    checking.current = null;
    setChecked(null);
    if (ending.type === "error") return setFailure(ending.error);
    if (ending.type !== "done") return undefined;
    if (ending.result.intact === false) return setFailure({ code: "damaged", message: "" });
    const words = t(ending.result.intact ? "models_intact" : "models_noted");
    setFound(words);
    return onNews(t("models_news_about", model.name, words));
  }

  return (
    <li class="row" data-testid="model" data-model-id={model.id}>
      <div class="row-text">
        {renaming ? (
          <RenameForm name={model.name} onRename={(name) => void rename(name)} onLeave={() => setRenaming(false)} />
        ) : (
          <h3>{model.name}</h3>
        )}
        <p class="quiet-text">{facts(model)}</p>
        {checked !== null && (
          <p class="quiet-text tabular" data-testid="checking">
            {t("models_checking_now")} {percent(checked, model.size)}{" "}
            <button type="button" class="button quiet" onClick={() => checking.current?.cancel()}>
              {t("ui_stop")}
            </button>
          </p>
        )}
        {saving && <p class="quiet-text late">{t("models_saving")}</p>}
        {found && (
          <p class="quiet-text" data-testid="checked">
            <Icon name="check" /> {found}
          </p>
        )}
        {failure && <Problem error={failure} safe={t("models_others")} />}
      </div>
      <div class="row-actions">
        {deleting ? (
          <span class="quiet-text late">{t("models_deleting")}</span>
        ) : inUse ? (
          <span class="in-use">
            <Icon name="check" /> {t("models_in_use")}
          </span>
        ) : model.info.kind === "embedder" ? null : (
          <button type="button" class="button" aria-label={t("models_use_name", model.name)} onClick={onUse}>
            {t("models_use")}
          </button>
        )}
        <ModelMenu
          name={model.name}
          items={[
            { label: t("models_rename_item"), act: () => setRenaming(true) },
            { label: t("models_save_item"), act: () => void save() },
            { label: t("models_check_item"), act: () => void verify(), disabled: checked !== null },
          ]}
        />
        <button
          type="button"
          class="button quiet icon"
          aria-label={t("models_delete_name", model.name)}
          title={t("models_delete")}
          disabled={deleting}
          onClick={onDelete}
        >
          <Icon name="bin" />
        </button>
      </div>
    </li>
  );
}

function facts({ size, info }: ModelRecord): string {
  const embedder = info.kind === "embedder";
  const manner = embedder ? t("models_embedder") : t("models_continues");
  const context = t("models_context", number(info.contextLength));
  return [
    bytes(size),
    info.quantization,
    info.architecture,
    t("models_parameters", parameters(info.parameters)),
    context,
    info.hasChatTemplate && !embedder ? "" : manner,
  ]
    .filter(Boolean)
    .join(" · ");
}
