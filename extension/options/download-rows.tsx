// Downloads: how far, how fast, how long still; what stands in the way; pause, resume, remove.

import { describe } from "../errors";
import { bytes, percent, timeLeft } from "../format";
import type { DownloadState } from "../protocol";
import { USELESS } from "../store/fault";
import { Problem } from "../ui/problem";
import type { Downloads } from "./downloads";

export function DownloadRows({ downloads }: { downloads: Downloads }) {
  return (
    <>
      {downloads.list.length > 0 && (
        <ul class="rows" aria-label="Downloads">
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
          <progress max={size} value={received} aria-label={`Downloading ${name}`}>
            {percent(received, size)}
          </progress>
        )}
        {stopped && error ? (
          <Problem
            error={error}
            safe={kept ? `The ${bytes(received)} that came are kept.` : "Nothing of it was kept."}
          />
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
              aria-label={`${goOn(download)} ${name}`}
              onClick={() => steer(id, "resume")}
            >
              {goOn(download)}
            </button>
          )
        ) : (
          <button type="button" class="button" aria-label={`Pause ${name}`} onClick={() => steer(id, "pause")}>
            Pause
          </button>
        )}
        <button
          type="button"
          class="button"
          aria-label={`${stopped ? "Remove" : "Cancel"} ${name}`}
          onClick={() => steer(id, "remove")}
        >
          {stopped ? "Remove" : "Cancel"}
        </button>
      </div>
    </li>
  );
}

const goOn = ({ received }: DownloadState) => (received > 0 ? "Resume" : "Try again");

/** What came was no model that Chord can run: it would be no other the next time. */
const FINAL: ReadonlySet<string> = new Set([...USELESS, "download_changed"]);
const canGoOn = ({ error }: DownloadState) => !error || !FINAL.has(error.code);

export function downloadWords(download: DownloadState, now = Date.now()): string {
  const { phase, size, received, bytesPerSecond, retryAt, again, error } = download;
  const done = `${bytes(received)} of ${bytes(size)}`;
  switch (phase) {
    case "queued":
      return `Waiting for its turn · ${done}`;
    case "paused":
      return `Paused · ${done} · ${percent(received, size)}`;
    case "waiting": {
      const seconds = Math.max(1, Math.ceil(((retryAt ?? now) - now) / 1000));
      return `${error ? describe(error).text : "The connection was lost."} Trying again in ${seconds} s · ${done}`;
    }
    case "failed":
      return "";
    case "running": {
      if (received >= size) return "Checking…";
      if (again > 0) return `This server starts anew: ${bytes(again)} come once more · ${done}`;
      const words = [`Downloading… ${done}`];
      if (bytesPerSecond !== null)
        words.push(`${bytes(bytesPerSecond)}/s`, timeLeft((size - received) / bytesPerSecond));
      return words.join(" · ");
    }
  }
}
