// Where models come from: the list of known ones, the recommended one first, and the address of any other.

import { useEffect, useId, useState } from "preact/hooks";
import {
  type CatalogueModel,
  catalogueUrl,
  fit,
  type Machine,
  memoryNeeded,
  readCatalogue,
  recommend,
  thisMachine,
} from "../catalogue";
import type { ErrorInfo } from "../errors";
import { bytes } from "../format";
import { modelHosts, modelName, parseHubUrl } from "../hub";
import type { DownloadState, ModelRecord } from "../protocol";
import { Problem } from "../ui/problem";
import type { Downloads } from "./downloads";

/** A choice that is taken in at a glance; the rest is one click away. */
const AT_FIRST = 5;

interface Props {
  stored: readonly ModelRecord[];
  downloads: Downloads;
}

export function CatalogueSection({ stored, downloads }: Props) {
  const [models, setModels] = useState<readonly CatalogueModel[]>([]);
  const [machine, setMachine] = useState<Machine | null>(null);
  const [all, setAll] = useState(false);
  const hosts = modelHosts(chrome.runtime.getManifest());
  const hub = hosts[0] ?? "";

  useEffect(() => void readCatalogue(chrome.runtime.getURL("models.json")).then(setModels), []);
  // What is free changes with what is stored.
  useEffect(() => void thisMachine().then(setMachine), [stored]);
  if (!machine || models.length === 0) return null;

  const best = recommend(models, machine);
  const first = best ? [best.model, ...models.filter((model) => model !== best.model)] : models;
  const shown = all ? first : first.slice(0, AT_FIRST);
  return (
    <section aria-labelledby="get-title" id="get">
      <h2 id="get-title">Get a model</h2>
      <p class="section-lead">
        Downloaded from {new URL(hub).host}, which sees your address and the file you ask for, and nothing else. Each
        file's checksum is compared with the one that is announced.
      </p>
      <ul class="rows" aria-label="Models to download">
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
      {shown.length < first.length && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          Show all {first.length} models
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
          {why && <span class="badge">Recommended</span>}
        </h3>
        <p>{model.goodAt}</p>
        {why && <p class="reason">{why}</p>}
        <p class="quiet-text">
          {fits.fits && "Fits this computer · "}
          {bytes(model.size)} · {bytes(memoryNeeded(model))} of memory · {model.context.toLocaleString("en")} tokens of
          context · {model.languages} ·{" "}
          <a href={model.licenceUrl} target="_blank" rel="noreferrer">
            {model.licence}
          </a>
        </p>
        {!fits.fits && <p class="quiet-text warning">Does not fit this computer: it {fits.why}.</p>}
        {error && <Problem error={error} safe="Nothing was stored." remedies={{ retry: () => void start() }} />}
      </div>
      <div class="row-actions">
        {state ? (
          <span class="quiet-text">{state}</span>
        ) : asking ? (
          <span class="quiet-text late">Asking the hub…</span>
        ) : (
          <button
            type="button"
            class={`button${why ? " primary" : ""}`}
            aria-label={`Download ${model.name}`}
            disabled={!fits.fits}
            onClick={() => void start()}
          >
            Download
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
  if (stored.some(same)) return "Stored";
  const download = downloads.find((one) => one.url === url);
  if (!download) return null;
  return download.phase === "failed" || download.phase === "paused" ? "Stopped, see above" : "On its way";
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
      <label for={id}>Another model</label>
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
          {asking ? "Asking…" : "Download"}
        </button>
      </div>
      <p id={`${id}-help`} class="help">
        The address of a .gguf file's page on the hub. Of a model in several files any one will do.
      </p>
      {error && <Problem error={error} safe="Nothing was stored." />}
    </form>
  );
}
