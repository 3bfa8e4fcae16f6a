// The stored models, and the way to add one.

import { useRef, useState } from "preact/hooks";
import type { EngineClient } from "../client";
import type { ErrorInfo } from "../errors";
import { bytes, engineLine, parameters } from "../format";
import { pickModel } from "../models";
import type { ModelRecord } from "../protocol";
import type { Settings } from "../settings";
import { Icon } from "../ui/icons";
import { Problem } from "../ui/problem";
import type { ModelsStore } from "../ui/use-store";
import { DeleteDialog } from "./delete-dialog";
import { DropZone } from "./drop-zone";
import { ImportRows } from "./import-rows";
import { useImports } from "./imports";

interface Props {
  client: EngineClient;
  store: ModelsStore;
  settings: Settings;
  onChange: (change: (settings: Settings) => Settings) => void;
}

export function ModelsSection({ client, store, settings, onChange }: Props) {
  const imports = useImports(client);
  const [deleting, setDeleting] = useState<ModelRecord | null>(null);
  const [failure, setFailure] = useState<ErrorInfo | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [news, setNews] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  const models = store.models?.models ?? [];
  const chosen = pickModel(models, settings.modelId);

  async function remove(model: ModelRecord): Promise<void> {
    setDeleting(null);
    setFailure(null);
    setBusy(model.id);
    const ending = await client.request({ type: "delete", modelId: model.id }).ending;
    setBusy(null);
    if (ending.type === "error") return setFailure(ending.error);
    setNews(`${model.name} is deleted`);
    heading.current?.focus(); // the button that had the focus is gone with its row
    onChange((old) => (old.modelId === model.id ? { ...old, modelId: null } : old));
  }

  return (
    <section aria-labelledby="models-title" id="models">
      <h2 id="models-title" ref={heading} tabIndex={-1}>
        Models
      </h2>
      <DropZone onFiles={imports.add} prominent={models.length === 0 && imports.rows.length === 0} />
      <ImportRows imports={imports} />
      {store.error && <Problem error={store.error} remedies={{ retry: store.reload }} />}
      {failure && <Problem error={failure} safe="The model is still stored." />}
      {models.length > 0 && (
        <ul class="rows" aria-label="Stored models">
          {models.map((model) => (
            <li key={model.id} class="row" data-testid="model" data-model-id={model.id}>
              <div class="row-text">
                <h3>{model.name}</h3>
                <p class="quiet-text">{facts(model)}</p>
              </div>
              <div class="row-actions">
                {busy === model.id ? (
                  <span class="quiet-text late">Deleting…</span>
                ) : model.id === chosen?.id ? (
                  <span class="in-use">
                    <Icon name="check" /> In use
                  </span>
                ) : model.info.kind === "embedder" ? null : (
                  <button
                    type="button"
                    class="button"
                    aria-label={`Use ${model.name}`}
                    onClick={() => onChange((old) => ({ ...old, modelId: model.id }))}
                  >
                    Use
                  </button>
                )}
                <button
                  type="button"
                  class="button quiet icon"
                  aria-label={`Delete ${model.name}`}
                  title="Delete"
                  disabled={busy === model.id}
                  onClick={() => setDeleting(model)}
                >
                  <Icon name="bin" />
                </button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {store.models && (
        <p class="quiet-text" data-testid="engine" data-build={store.models.engine.build}>
          {engineLine(store.models.engine)}
        </p>
      )}
      {deleting && (
        <DeleteDialog model={deleting} onDelete={() => void remove(deleting)} onKeep={() => setDeleting(null)} />
      )}
      <p class="spoken" role="status">
        {news}
      </p>
    </section>
  );
}

function facts({ size, info }: ModelRecord): string {
  const embedder = info.kind === "embedder";
  const manner = embedder ? "finds passages, does not write" : "continues text, no chat format";
  const context = `${info.contextLength.toLocaleString("en")} tokens of context`;
  return [
    bytes(size),
    info.quantization,
    info.architecture,
    `${parameters(info.parameters)} parameters`,
    context,
    info.hasChatTemplate && !embedder ? "" : manner,
  ]
    .filter(Boolean)
    .join(" · ");
}
