// What the engine runs on and why, and how fast the chosen model is here.

import { useRef, useState } from "preact/hooks";
import { call, type EngineClient, type Running } from "../client";
import { type ErrorInfo, toErrorInfo } from "../errors";
import { tokenRate } from "../format";
import { t } from "../i18n";
import { pickModel } from "../models";
import type { GenerateResult, Progress } from "../protocol";
import { DEFAULT_SAMPLING } from "../sampling";
import type { Settings } from "../settings";
import { goingOn, progressStatus, type Status } from "../status";
import { Problem } from "../ui/problem";
import { StatusLine } from "../ui/status-line";
import { useKeptFocus } from "../ui/use-kept-focus";
import type { Models } from "../ui/use-store";
import { ComputeOnChoice } from "./compute-on";
import { engineLine } from "./engine-line";

/** A text like those that models are given; what it says matters to nobody. */
const TEXT =
  "The harbour was quiet that morning. Two boats had come in before dawn, and their crews sat on the wall with bread and " +
  "coffee while the gulls argued over what was left in the nets. The older of the two captains said that the wind would " +
  "turn by noon, as it had every day that week, and nobody on the wall saw a reason to doubt it. ";
const TOKENS = 48;
/** What is told of the way to the measurement. */
const LOADING: ReadonlySet<Progress["type"]> = new Set(["progress", "kernels", "gpuFailed"]);

interface Props {
  client: EngineClient;
  models: Models;
  settings: Settings;
  onChange: (change: (settings: Settings) => Settings) => void;
}

export function PerformanceSection({ client, models, settings, onChange }: Props) {
  const [status, setStatus] = useState<Status | null>(null);
  const [error, setError] = useState<ErrorInfo | null>(null);
  const [measured, setMeasured] = useState<{ name: string; result: GenerateResult } | null>(null);
  const running = useRef<Running<GenerateResult> | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const model = pickModel(models.models, settings.modelId);
  useKeptFocus(heading, models.gpuFailed);

  async function measure(id: string, name: string): Promise<void> {
    const measuring = goingOn(t("options_measuring", name));
    setError(null);
    setMeasured(null);
    setStatus(measuring);
    // Begins as no text before it did, so that nothing of it is known already.
    const prompt = `${Date.now()} ${TEXT}${TEXT}`;
    const sampling = { ...DEFAULT_SAMPLING, maxTokens: TOKENS };
    running.current = client.request(
      { type: "generate", modelId: id, input: { kind: "text", prompt }, sampling },
      (progress) => setStatus((LOADING.has(progress.type) && progressStatus(progress, "message")) || measuring),
    );
    const ending = await running.current.ending;
    running.current = null;
    setStatus(null);
    if (ending.type === "error") setError(ending.error);
    if (ending.type === "done") setMeasured({ name, result: ending.result });
  }

  return (
    <section aria-labelledby="performance-title" id="performance">
      <h2 id="performance-title" ref={heading} tabIndex={-1}>
        {t("options_performance")}
      </h2>
      <p role="status" data-testid="engine" data-build={models.engine.build}>
        {engineLine(models)}
      </p>
      {models.gpuFailed && (
        <button
          type="button"
          class="button retry-gpu"
          onClick={() => void call({ type: "engine.retryGpu" }).catch((thrown) => setError(toErrorInfo(thrown)))}
        >
          {t("options_retry_gpu")}
        </button>
      )}
      <ComputeOnChoice
        chosen={settings.computeOn}
        onChoose={(computeOn) => onChange((old) => ({ ...old, computeOn }))}
      />
      {measured && (
        <dl class="rows" data-testid="measured" aria-label={measured.name}>
          <Rate what={t("options_reads")} rate={measured.result.prefillTokensPerSecond} />
          <Rate what={t("options_writes")} rate={measured.result.decodeTokensPerSecond} />
        </dl>
      )}
      {error && <Problem error={error} />}
      <div class="measure">
        {status ? (
          <button type="button" class="button" onClick={() => running.current?.cancel()}>
            {t("ui_stop")}
          </button>
        ) : (
          model && (
            <button type="button" class="button" onClick={() => void measure(model.id, model.name)}>
              {t("options_measure", model.name)}
            </button>
          )
        )}
        <StatusLine status={status} announce={announcement(status, measured?.result)} testId="measuring" />
      </div>
      {!model && <p class="quiet-text">{t("options_nothing_to_measure")}</p>}
    </section>
  );
}

function Rate({ what, rate }: { what: string; rate: number }) {
  if (!Number.isFinite(rate) || rate <= 0) return null; // it said too little to tell
  return (
    <div class="row">
      <dt class="row-text">{what}</dt>
      <dd class="tabular">{tokenRate(rate)}</dd>
    </div>
  );
}

function announcement(status: Status | null, result: GenerateResult | undefined): string {
  if (status) return status.announcement;
  return result
    ? t("options_measured", tokenRate(result.prefillTokensPerSecond), tokenRate(result.decodeTokensPerSecond))
    : "";
}
