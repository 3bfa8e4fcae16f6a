// One job on one passage: asks for the models, picks one, runs, and tells what happens step by step.

import type { Job } from "../actions";
import { call, type EngineClient } from "../client";
import { type ErrorInfo, toErrorInfo } from "../errors";
import { runJob } from "../fit";
import { percent, speed } from "../format";
import { t } from "../i18n";
import { pickModel } from "../models";
import { cut } from "../prompts";
import type { Progress } from "../protocol";
import { samplingOf } from "../sampling";
import type { AssistantSettings } from "../settings";
import { endNote, gpuNote, progressStatus, type Status, starting } from "../status";

export interface TaskView {
  state: "idle" | "running" | "done" | "stopped" | "error";
  text: string;
  model: string;
  status: Status | null;
  announcement: string;
  /** What is not as one would expect: the passage was cut, the answer ended early. */
  notes: string[];
  /** Whether the answer is about all of the passage. */
  whole: boolean;
  speed: string;
  error: ErrorInfo | null;
}

export const IDLE: TaskView = {
  state: "idle",
  text: "",
  model: "",
  status: null,
  announcement: "",
  notes: [],
  whole: true,
  speed: "",
  error: null,
};

/** Starts; `show` is called with every change until the task is over. Returns how to stop it. */
export function startTask(client: EngineClient, job: Job, passage: string, show: (view: TaskView) => void): () => void {
  const begun = starting();
  let view: TaskView = { ...IDLE, state: "running", status: begun, announcement: begun.announcement };
  let over = false;
  /** What stays to be said whatever the ending. */
  const said: string[] = [];
  let cancel: () => void = () => {};
  const update = (change: Partial<TaskView>) => {
    if (over) return;
    view = { ...view, ...change };
    show(view);
  };
  const end = (change: Partial<TaskView>) => {
    update({ status: null, ...change });
    over = true;
  };

  const stopped = () =>
    end({
      state: "stopped",
      notes: [...said, t("status_stopped")],
      announcement: t("status_stopped_spoken"),
    });
  // The alert itself is read out.
  const fail = (error: ErrorInfo) => end({ state: "error", error, announcement: "" });

  async function run(): Promise<void> {
    const { modelId, sampling: changes } = await call<AssistantSettings>({ type: "settings.read" });
    const listing = client.request({ type: "models" });
    cancel = listing.cancel;
    const listed = await listing.ending;
    if (listed.type === "error") return fail(listed.error);
    if (listed.type === "cancelled" || over) return;
    const model = pickModel(listed.result.models, modelId);
    if (!model) return fail({ code: "no_model", message: "" });
    update({ model: model.name });
    const sampling = samplingOf(changes, model);

    const running = runJob(client, { job: fitted(job), selection: passage, model, sampling }, (progress) => {
      const status = progressStatus(progress, "selection") ?? view.status;
      const announcement = status?.announcement || view.announcement;
      if (progress.type === "gpuFailed") said.push(gpuNote(progress.code));
      update({ status, announcement, text: view.text + tokenText(progress), notes: [...said] });
    });
    cancel = running.cancel;
    const { ending, used } = await running.ending;
    switch (ending.type) {
      case "done": {
        const { stopReason, generatedTokens } = ending.result;
        const notes = [cutNote(used), ...said, endNote(stopReason, generatedTokens)].filter((note) => note !== null);
        return end({
          state: "done",
          text: ending.result.text,
          notes,
          whole: used >= 1,
          speed: speed(ending.result),
          announcement: t("status_finished"),
        });
      }
      case "error":
        return fail(ending.error);
      case "cancelled":
        return stopped();
    }
  }

  show(view);
  run().catch((error: unknown) => fail(toErrorInfo(error)));
  return () => {
    stopped(); // at once; the engine follows
    cancel();
  };
}

// Half of the context that a model is loaded with, at three characters or more a token; the selection is fitted to the rest.
const MOST_PAGE = 6000;

/** A page's text may be of any length: as much of it as leaves room for the selection and the answer. */
const fitted = (job: Job): Job => (job.kind === "own" ? { ...job, page: cut(job.page, MOST_PAGE) } : job);

const tokenText = (progress: Progress) => (progress.type === "token" ? progress.text : "");

function cutNote(used: number): string | null {
  if (used >= 1) return null;
  return t("panel_cut", percent(Math.max(0.01, used), 1));
}
