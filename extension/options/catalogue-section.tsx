// Where models come from: the list of known ones, the recommended one first, and the address of any other.

import { useId, useState } from "preact/hooks";
import { type CatalogueModel, catalogueUrl, fit, goodAt, languages, type Machine, memoryNeeded } from "../catalogue";
import type { ErrorInfo } from "../errors";
import { bytes } from "../format";
import { modelName, parseHubUrl } from "../hub";
import { number, t } from "../i18n";
import type { DownloadState, ModelRecord } from "../protocol";
import { Problem } from "../ui/problem";
import { useOffers } from "../ui/use-offers";
import type { Downloads } from "./downloads";

/** A choice that is taken in at a glance; the rest is one click away. */
const AT_FIRST = 5;

interface Props {
  stored: readonly ModelRecord[];
  downloads: Downloads;
}

export function CatalogueSection({ stored, downloads }: Props) {
  const [all, setAll] = useState(false);
  const offers = useOffers(stored);
  if (!offers) return null;
  const { models, best, machine, hosts, hub } = offers;
  const shown = all ? models : models.slice(0, AT_FIRST);
  return (
    <section aria-labelledby="get-title" id="get">
      <h2 id="get-title">{t("models_get")}</h2>
      <p class="section-lead">{t("models_get_lead", new URL(hub).host)}</p>
      <ul class="rows" aria-label={t("models_to_download")}>
        {shown.map((model) => (
          <CatalogueRow
            key={model.id}
            model={model}
            machine={machine}
            why={model === best?.model ? best.why : null}
            url={catalogueUrl(model, hub)}
            stored={stored}
            downloads={downloads}
          />
        ))}
      </ul>
      {shown.length < models.length && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          {t("models_show_all", number(models.length))}
        </button>
      )}
      <AddressForm hosts={hosts} downloads={downloads} />
    </section>
  );
}

interface RowProps extends Props {
  model: CatalogueModel;
  machine: Machine;
  /** Why it is the recommended one, if it is. */
  why: string | null;
  url: string;
}

function CatalogueRow({ model, machine, why, url, stored, downloads }: RowProps) {
  const [error, setError] = useState<ErrorInfo | null>(null);
  const [asking, setAsking] = useState(false);
  const fits = fit(model, machine);
  const state = stateOf(model, url, stored, downloads.list);
  async function start(): Promise<void> {
    setError(null);
    setAsking(true);
    setError(await downloads.start({ url, name: model.name, sha256: model.sha256 }));
    setAsking(false);
  }
  return (
    <li class="row" data-testid="offer" data-offer={model.id} data-recommended={why !== null}>
      <div class="row-text">
        <h3>
          {model.name}
          {why && <span class="badge">{t("models_recommended")}</span>}
        </h3>
        <p>{goodAt(model)}</p>
        {why && <p class="reason">{why}</p>}
        <p class="quiet-text">
          {fits.fits && `${t("models_fits")} · `}
          {bytes(model.size)} · {t("models_memory", bytes(memoryNeeded(model)))} ·{" "}
          {t("models_context", number(model.context))} · {languages(model)} ·{" "}
          <a href={model.licenceUrl} target="_blank" rel="noreferrer">
            {model.licence}
          </a>
        </p>
        {!fits.fits && <p class="quiet-text warning">{fits.why}</p>}
        {error && <Problem error={error} safe={t("models_nothing_stored")} remedies={{ retry: () => void start() }} />}
      </div>
      <div class="row-actions">
        {state ? (
          <span class="quiet-text">{state}</span>
        ) : asking ? (
          <span class="quiet-text late">{t("models_asking_hub")}</span>
        ) : (
          <button
            type="button"
            class={`button${why ? " primary" : ""}`}
            aria-label={t("models_download_name", model.name)}
            disabled={!fits.fits}
            onClick={() => void start()}
          >
            {t("models_download")}
          </button>
        )}
      </div>
    </li>
  );
}

function stateOf(
  model: CatalogueModel,
  url: string,
  stored: readonly ModelRecord[],
  downloads: readonly DownloadState[],
): string | null {
  const same = (record: ModelRecord) =>
    record.source === url || (model.sha256 !== undefined && record.digests?.[0] === model.sha256);
  if (stored.some(same)) return t("models_stored");
  const download = downloads.find((one) => one.url === url);
  if (!download) return null;
  return download.phase === "failed" || download.phase === "paused"
    ? t("models_stopped_above")
    : t("models_on_its_way");
}

function AddressForm({ hosts, downloads }: { hosts: readonly string[]; downloads: Downloads }) {
  const [address, setAddress] = useState("");
  const [error, setError] = useState<ErrorInfo | null>(null);
  const [asking, setAsking] = useState(false);
  const id = useId();
  async function start(): Promise<void> {
    const url = address.trim();
    const file = parseHubUrl(url, hosts);
    setAsking(true);
    const problem = await downloads.start({ url, name: file ? modelName(file) : url });
    setAsking(false);
    setError(problem);
    if (!problem) setAddress("");
  }
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <label for={id}>{t("models_another")}</label>
      <div class="address-row">
        <input
          id={id}
          class="input"
          type="url"
          required
          placeholder={`${hosts[0] ?? ""}/owner/model/blob/main/model.gguf`}
          value={address}
          aria-describedby={`${id}-help`}
          onInput={({ currentTarget: { value } }) => setAddress(value)}
        />
        <button type="submit" class="button" disabled={asking}>
          {asking ? t("models_asking") : t("models_download")}
        </button>
      </div>
      <p id={`${id}-help`} class="help">
        {t("models_address_help")}
      </p>
      {error && <Problem error={error} safe={t("models_nothing_stored")} />}
    </form>
  );
}
