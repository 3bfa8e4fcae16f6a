// Files being stored: how far, how fast, how long still, and Cancel.

import { bytes, percent, timeLeft } from "../format";
import { t } from "../i18n";
import { Problem } from "../ui/problem";
import type { ImportRow, Imports } from "./imports";

export function ImportRows({ imports }: { imports: Imports }) {
  return (
    <>
      {imports.rows.length > 0 && (
        <ul class="rows" aria-label={t("models_files")}>
          {imports.rows.map((row) => (
            <li key={row.id} class="row" data-testid="import">
              {row.error ? (
                <FailedRow row={row} onDismiss={() => imports.dismiss(row.id)} />
              ) : (
                <RunningRow row={row} onCancel={() => imports.cancel(row.id)} />
              )}
            </li>
          ))}
        </ul>
      )}
      <p class="spoken" role="status">
        {imports.news}
      </p>
    </>
  );
}

function RunningRow({ row, onCancel }: { row: ImportRow; onCancel: () => void }) {
  return (
    <>
      <div class="row-text">
        <h3>{row.name}</h3>
        <progress max={row.size} value={row.stored} aria-label={t("models_storing", row.name)}>
          {percent(row.stored, row.size)}
        </progress>
        <p class="quiet-text tabular">{progressWords(row)}</p>
      </div>
      <div class="row-actions">
        <button type="button" class="button" disabled={row.stopping} onClick={onCancel}>
          {t("models_cancel")}
        </button>
      </div>
    </>
  );
}

function FailedRow({ row, onDismiss }: { row: ImportRow; onDismiss: () => void }) {
  return (
    <div class="row-text">
      <h3>{row.name}</h3>
      {row.error && (
        <Problem error={row.error} safe={row.error.code === "already_stored" ? "" : t("models_nothing_stored_others")}>
          <button type="button" class="button" onClick={onDismiss}>
            {t("models_dismiss")}
          </button>
        </Problem>
      )}
    </div>
  );
}

function progressWords(row: ImportRow): string {
  if (row.stopping) return t("models_stopping");
  if (row.since === null) return t("models_waiting_now");
  const seconds = (row.now - row.since) / 1000;
  const rate = seconds > 0 ? row.stored / seconds : 0;
  const words = [`${t("models_storing_now")} ${t("models_of", bytes(row.stored), bytes(row.size))}`];
  // A rate measured over less than this says little.
  if (seconds > 0.5 && rate > 0)
    words.push(t("models_a_second", bytes(rate)), timeLeft((row.size - row.stored) / rate));
  return words.join(" · ");
}
