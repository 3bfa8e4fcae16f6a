// Three ways to begin, side by side.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { catalogueUrl, memoryNeeded } from "../catalogue";
import type { ErrorInfo } from "../errors";
import { bytes } from "../format";
import { t } from "../i18n";
import { DownloadRows } from "../options/download-rows";
import type { Downloads } from "../options/downloads";
import { DropZone } from "../options/drop-zone";
import { ImportRows } from "../options/import-rows";
import type { Imports } from "../options/imports";
import type { ModelRecord } from "../protocol";
import { Icon } from "../ui/icons";
import { Problem } from "../ui/problem";
import { useKeptFocus } from "../ui/use-kept-focus";
import { useOffers } from "../ui/use-offers";

interface Props {
  stored: readonly ModelRecord[];
  imports: Imports;
  downloads: Downloads;
  onTry: () => void;
  /** Null while there is nothing to chat with. */
  onChat: (() => void) | null;
}

export function Choices({ stored, imports, downloads, onTry, onChat }: Props) {
  return (
    <div class="choices">
      <Choice id="start" title={t("welcome_start")} lead={t("welcome_start_lead")}>
        <p class="quiet-text">{t("welcome_start_facts")}</p>
        <div class="choice-foot">
          <button type="button" class="button primary" onClick={onTry}>
            <Icon name="page" />
            {t("welcome_start_button")}
          </button>
        </div>
      </Choice>
      <Choice id="get" title={t("models_get")} lead={t("welcome_get_lead")} changes={downloads.list.length}>
        <Recommended stored={stored} downloads={downloads} />
        <a class="more" href="/options/index.html#get">
          {t("welcome_others")}
        </a>
      </Choice>
      <Choice id="file" title={t("welcome_file")} lead={t("welcome_file_lead")} changes={imports.rows.length}>
        <ImportRows imports={imports} />
        <DropZone onFiles={imports.add} prominent />
      </Choice>
      {onChat && (
        <p class="ready">
          <button type="button" class="button primary" onClick={onChat}>
            {t("welcome_chat")}
          </button>
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  id: string;
  title: string;
  lead: string;
  /** What comes and goes in it. */
  changes?: unknown;
  children: ComponentChildren;
}

function Choice({ id, title, lead, changes, children }: ChoiceProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useKeptFocus(heading, changes);
  return (
    <section class="choice" aria-labelledby={`${id}-title`} data-testid={`choice-${id}`}>
      <h2 id={`${id}-title`} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      <p>{lead}</p>
      {children}
    </section>
  );
}

/** The model that suits this computer: what it costs, why it is this one, and how far it is. */
function Recommended({ stored, downloads }: { stored: readonly ModelRecord[]; downloads: Downloads }) {
  const offers = useOffers(stored);
  const [error, setError] = useState<ErrorInfo | null>(null);
  const [asking, setAsking] = useState(false);
  if (downloads.list.length > 0) return <DownloadRows downloads={downloads} />;
  if (!offers) return null;
  if (!offers.best) return <p>{t("welcome_none_fits")}</p>;
  const { model, why } = offers.best;
  async function start(url: string): Promise<void> {
    setError(null);
    setAsking(true);
    setError(await downloads.start({ url, name: model.name, sha256: model.sha256 }));
    setAsking(false);
  }
  const begin = () => void start(catalogueUrl(model, offers.hub));
  return (
    <>
      <div>
        <h3>{model.name}</h3>
        <p class="quiet-text">
          {t("welcome_download_size", bytes(model.size))} · {t("models_memory", bytes(memoryNeeded(model)))} ·{" "}
          <a href={model.licenceUrl} target="_blank" rel="noreferrer">
            {model.licence}
          </a>
        </p>
        <p class="quiet-text">{why}</p>
      </div>
      {error && <Problem error={error} safe={t("models_nothing_stored")} remedies={{ retry: begin }} />}
      <div class="choice-foot">
        <button type="button" class="button" disabled={asking} onClick={begin}>
          {asking ? t("models_asking_hub") : t("models_download_name", model.name)}
        </button>
      </div>
      <p class="quiet-text">{t("welcome_hub_sees", new URL(offers.hub).host)}</p>
    </>
  );
}
