// Downloads: how far, how fast, how long still; what stands in the way; pause, resume, remove.

import { describe } from "../errors";
import { bytes, percent, timeLeft } from "../format";
import { number, t } from "../i18n";
import type { DownloadState } from "../protocol";
import { USELESS } from "../store/fault";
import { Problem } from "../ui/problem";
import type { Downloads } from "./downloads";

export function DownloadRows({ downloads }: { downloads: Downloads }) {
  return (
    <>
      {downloads.list.length > 0 && (
        <ul class="rows" aria-label={t("models_downloads")}>
          {downloads.list.map((download) => (
            <DownloadRow key={download.id} download={download} steer={downloads.steer} />
          ))}
        </ul>
      )}
      <p class="spoken" role="status">
        {downloads.news}
      </p>
    </>
  );
}

interface RowProps {
  download: DownloadState;
  steer: Downloads["steer"];
}

function DownloadRow({ download, steer }: RowProps) {
  const { id, name, phase, size, received, error } = download;
  const stopped = phase === "paused" || phase === "failed";
  const kept = received > 0;
  return (
    <li class="row" data-testid="download" data-phase={phase}>
      <div class="row-text">
        <h3>{name}</h3>
        {!(phase === "failed" && !kept) && (
          <progress max={size} value={received} aria-label={t("models_downloading", name)}>
            {percent(received, size)}
          </progress>
        )}
        {stopped && error ? (
          <Problem error={error} safe={kept ? t("models_kept_part", bytes(received)) : t("models_kept_nothing")} />
        ) : (
          <p class="quiet-text tabular" data-testid="download-state">
            {downloadWords(download)}
          </p>
        )}
      </div>
      <div class="row-actions">
        {stopped ? (
          canGoOn(download) && (
            <button
              type="button"
              class="button"
              aria-label={t(`models_${goOn(download)}_name`, name)}
              onClick={() => steer(id, "resume")}
            >
              {t(`models_${goOn(download)}`)}
            </button>
          )
        ) : (
          <button
            type="button"
            class="button"
            aria-label={t("models_pause_name", name)}
            onClick={() => steer(id, "pause")}
          >
            {t("models_pause")}
          </button>
        )}
        <button
          type="button"
          class="button"
          aria-label={t(stopped ? "models_remove_name" : "models_cancel_name", name)}
          onClick={() => steer(id, "remove")}
        >
          {t(stopped ? "models_remove" : "models_cancel")}
        </button>
      </div>
    </li>
  );
}

const goOn = ({ received }: DownloadState) => (received > 0 ? "resume" : "try_again");

/** What came was no model that Chord can run: it would be no other the next time. */
const FINAL: ReadonlySet<string> = new Set([...USELESS, "download_changed"]);
const canGoOn = ({ error }: DownloadState) => !error || !FINAL.has(error.code);

export function downloadWords(download: DownloadState, now = Date.now()): string {
  const { phase, size, received, bytesPerSecond, retryAt, again, error } = download;
  const done = t("models_of", bytes(received), bytes(size));
  switch (phase) {
    case "queued":
      return `${t("models_waiting")} · ${done}`;
    case "paused":
      return `${t("models_paused")} · ${done} · ${percent(received, size)}`;
    case "waiting": {
      const seconds = Math.max(1, Math.ceil(((retryAt ?? now) - now) / 1000));
      const why = describe(error ?? { code: "network", message: "" }).text;
      return `${t("models_trying_again", why, number(seconds))} · ${done}`;
    }
    case "failed":
      return "";
    case "running": {
      if (received >= size) return t("models_checking_now");
      if (again > 0) return `${t("models_anew", bytes(again))} · ${done}`;
      const words = [`${t("models_downloading_now")} ${done}`];
      if (bytesPerSecond !== null)
        words.push(t("models_a_second", bytes(bytesPerSecond)), timeLeft((size - received) / bytesPerSecond));
      return words.join(" · ");
    }
  }
}
