// The models: those that are stored, those on their way, and the ways to get more.

import { useRef } from "preact/hooks";
import type { EngineClient } from "../client";
import { t } from "../i18n";
import type { Settings } from "../settings";
import { Problem } from "../ui/problem";
import { useKeptFocus } from "../ui/use-kept-focus";
import { type ModelsStore, useLastingStorage } from "../ui/use-store";
import { CatalogueSection } from "./catalogue-section";
import { DownloadRows } from "./download-rows";
import { useDownloads } from "./downloads";
import { DropZone } from "./drop-zone";
import { ImportRows } from "./import-rows";
import { useImports } from "./imports";
import { StorageLine } from "./storage-line";
import { StoredModels } from "./stored-models";

interface Props {
  client: EngineClient;
  store: ModelsStore;
  settings: Settings;
  onChange: (change: (settings: Settings) => Settings) => void;
}

export function ModelsSection({ client, store, settings, onChange }: Props) {
  const imports = useImports(client);
  const downloads = useDownloads(client);
  const heading = useRef<HTMLHeadingElement>(null);
  const models = store.models?.models ?? [];
  const coming = imports.rows.length + downloads.list.length;

  useKeptFocus(heading, coming);
  useLastingStorage(models.length > 0 || coming > 0);

  return (
    <>
      <section aria-labelledby="models-title" id="models">
        <h2 id="models-title" ref={heading} tabIndex={-1}>
          {t("options_models")}
        </h2>
        {store.error && <Problem error={store.error} remedies={{ retry: store.reload }} />}
        <StoredModels
          client={client}
          models={models}
          settings={settings}
          onChange={onChange}
          onGone={() => heading.current?.focus()}
        />
        <DownloadRows downloads={downloads} />
        <ImportRows imports={imports} />
        <DropZone onFiles={imports.add} prominent={store.models !== null && models.length === 0 && coming === 0} />
        <StorageLine changes={`${models.length} ${coming}`} />
      </section>
      <CatalogueSection stored={models} downloads={downloads} />
    </>
  );
}
