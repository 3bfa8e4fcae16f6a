// What goes on in the panel: one page read, summarized and asked about. Every step is told as it happens, every long one can be
// stopped, and what has been said stays.

import type { EngineClient, Running } from "../client";
import { ChordError, type ErrorInfo, toErrorInfo } from "../errors";
import { number, t } from "../i18n";
import { pickModel } from "../models";
import type { GpuFailure, ModelRecord, Progress, Vectors } from "../protocol";
import type { PageText } from "../reading/messages";
import { samplingOf } from "../sampling";
import { readSettings } from "../settings";
import { goingOn, progressStatus, type Status } from "../status";
import { asPoints, PASSAGES, writeAnswer } from "../summary/answer";
import { extract, type Ranking, rank } from "../summary/extract";
import { PageIndex } from "../summary/passages";
import { minutesSaved, type Point, wordsOf } from "../summary/points";
import { type WriteView, writeSummary } from "../summary/write";
import { unpackVectors } from "../vectors";
import type { Choice } from "./choice";
import type { PageTab } from "./tab";

export interface Section {
  state: "running" | "done" | "stopped" | "error";
  points: Point[];
  /** Who says it: "Sentences chosen by the built-in model", "Written by Qwen3 0.6B". */
  by: string;
  /** What is not as one would expect. */
  note: string | null;
  /** What became of the GPU, where the model had to go on without. */
  gpuFailed: GpuFailure | null;
  error: ErrorInfo | null;
}

export interface Question extends Section {
  id: number;
  text: string;
}

export interface PanelView {
  page: { title: string; site: string; words: number; cut: boolean } | null;
  summary: Section | null;
  /** The kind and length that the summary shows. */
  shown: Choice | null;
  saved: number;
  questions: Question[];
  status: Status | null;
  announcement: string;
  /** The tab has gone on to another page. */
  left: boolean;
}

export const EMPTY: PanelView = {
  page: null,
  summary: null,
  shown: null,
  saved: 0,
  questions: [],
  status: null,
  announcement: "",
  left: false,
};

const BEGUN: Section = { state: "running", points: [], by: "", note: null, gpuFailed: null, error: null };
const reading = (far = "") => goingOn(t("status_reading_page"), far);

/** A thing under way. */
interface Run {
  stopped: boolean;
  /** How to end what the engine does for it. */
  cancels: Set<() => void>;
}

export class PanelSession {
  readonly #client: EngineClient;
  readonly #tab: PageTab;
  readonly #show: (view: PanelView) => void;
  #view = EMPTY;
  #run: Run | null = null;
  #page: PageText | null = null;
  #ranking: Ranking | null = null;
  #index: PageIndex | null = null;
  #questions = 0;

  constructor(client: EngineClient, tab: PageTab, show: (view: PanelView) => void) {
    this.#client = client;
    this.#tab = tab;
    this.#show = show;
    // Made ready while the page is read. Whether that works is seen when it is used.
    client.request({ type: "embed", texts: [] });
  }

  /** Reads the page anew and summarizes it. */
  async summarize(choice: Choice): Promise<void> {
    this.#page = null;
    this.#ranking = null;
    this.#index = null;
    this.#update({ ...EMPTY });
    await this.choose(choice);
  }

  /** Another kind or length, or another author, of the same page's summary. */
  async choose(choice: Choice): Promise<void> {
    const run = this.#begin();
    const status = reading();
    this.#update({ summary: BEGUN, shown: choice, status, announcement: status.announcement });
    try {
      const page = await this.#read(run);
      const model = choice.written ? await this.#model() : undefined;
      if (run.stopped) return;
      if (model) await this.#write(run, page, choice, model);
      else await this.#extract(run, page, choice);
    } catch (error) {
      this.#fail(run, error);
    }
  }

  /** Answers a question about the page, below its summary. */
  async ask(text: string): Promise<void> {
    const run = this.#begin();
    this.#questions += 1;
    const id = this.#questions;
    const put = (change: Partial<Question>) => {
      if (run.stopped) return;
      const questions = this.#view.questions.map((other) => (other.id === id ? { ...other, ...change } : other));
      this.#update({ questions });
    };
    this.#update({
      questions: [...this.#view.questions, { ...BEGUN, id, text }],
      status: reading(),
      announcement: t("sidepanel_looking"),
    });
    try {
      const page = await this.#read(run);
      this.#index ??= new PageIndex(page);
      const passages = await this.#index.find(text, PASSAGES, this.#embed(run), (progress) => this.#reading(progress));
      const model = await this.#model();
      if (run.stopped) return;
      if (!model || passages.length === 0) {
        const note = passages.length === 0 ? t("sidepanel_nothing_about") : null;
        put({ points: asPoints(passages), state: "done", by: t("sidepanel_found"), note });
        return this.#end(run, t("sidepanel_answer_ready"));
      }
      put({ by: t("sidepanel_written_by", model.name) });
      const sampling = samplingOf((await readSettings()).sampling, model);
      const answer = writeAnswer(
        this.#client,
        { page, question: text, passages, model, sampling },
        (progress, points) => {
          this.#progress(progress);
          put(progress.type === "gpuFailed" ? { gpuFailed: progress.code } : { points });
        },
      );
      run.cancels.add(answer.cancel);
      const ending = await answer.ending;
      if (run.stopped) return;
      if (ending.type === "error") put({ points: ending.points, state: "error", error: ending.error });
      else
        put({
          points: ending.points,
          state: "done",
          note: ending.points.length > 0 ? null : t("sidepanel_said_nothing"),
        });
      this.#end(run, t("sidepanel_answer_ready"));
    } catch (error) {
      this.#fail(run, error);
    }
  }

  /** At once; the engine follows. What is there stays. */
  stop(): void {
    const run = this.#run;
    if (!run) return;
    run.stopped = true;
    this.#run = null;
    for (const cancel of run.cancels) cancel();
    const settle = <T extends Section>(section: T): T =>
      section.state === "running" ? { ...section, state: "stopped", note: stoppedNote(section.note) } : section;
    this.#update({
      summary: this.#view.summary && settle(this.#view.summary),
      questions: this.#view.questions.map(settle),
      status: null,
      announcement: t("status_stopped_spoken"),
    });
  }

  /** The tab shows another page: what was said of this one stays, its places are gone. */
  leave(): void {
    this.stop();
    if (this.#view.page) this.#update({ left: true });
  }

  async #read(run: Run): Promise<PageText> {
    if (this.#page) return this.#page;
    const page = await this.#tab.read();
    if (run.stopped) throw new ChordError("cancelled");
    this.#page = page;
    const { title, site, cut } = page;
    this.#update({ page: { title, site, words: wordsOf(page), cut } });
    return page;
  }

  async #extract(run: Run, page: PageText, choice: Choice): Promise<void> {
    this.#ranking ??= await rank(page, this.#embed(run), (progress) => this.#reading(progress));
    if (run.stopped) return;
    const kind = choice.kind === "points" ? "points" : "tldr";
    const points = extract(this.#ranking, kind, choice.length);
    const note = points.length === 0 ? t("sidepanel_no_sentences") : null;
    this.#finish(run, { points, state: "done", by: t("sidepanel_chosen"), note }, { ...choice, kind, written: false });
  }

  async #write(run: Run, page: PageText, choice: Choice, model: ModelRecord): Promise<void> {
    const by = t("sidepanel_written_by", model.name);
    const sampling = samplingOf((await readSettings()).sampling, model);
    if (run.stopped) return;
    const { kind, length } = choice;
    let gpuFailed: GpuFailure | null = null;
    const writing = writeSummary(this.#client, this.#embed(run), { page, kind, length, model, sampling }, (view) => {
      if (run.stopped) return;
      if (view.progress?.type === "gpuFailed") gpuFailed = view.progress.code;
      this.#update({ summary: { ...BEGUN, points: view.points, by, note: partNote(view), gpuFailed } });
      if (view.progress) this.#progress(view.progress);
    });
    run.cancels.add(writing.cancel);
    const ending = await writing.ending;
    if (run.stopped || ending.type === "cancelled") return;
    if (ending.type === "error")
      return this.#finish(run, { points: ending.points, state: "error", by, gpuFailed, error: ending.error }, choice);
    const parts = ending.chunks.length;
    const note =
      ending.points.length === 0
        ? t("sidepanel_said_nothing")
        : parts > 1
          ? t("sidepanel_in_parts", number(parts))
          : null;
    this.#finish(run, { points: ending.points, state: "done", by, note, gpuFailed }, choice);
  }

  #finish(run: Run, section: Partial<Section>, shown: Choice): void {
    if (run.stopped) return;
    const summary = { ...BEGUN, ...section };
    this.#update({ summary, shown, saved: minutesSaved(this.#view.page?.words ?? 0, summary.points) });
    this.#end(run, summary.error ? "" : t("sidepanel_summary_ready"));
  }

  #begin(): Run {
    this.stop();
    this.#run = { stopped: false, cancels: new Set() };
    return this.#run;
  }

  #end(run: Run, announcement: string): void {
    if (this.#run === run) this.#run = null;
    this.#update({ status: null, announcement });
  }

  #fail(run: Run, thrown: unknown): void {
    if (run.stopped) return;
    const error = toErrorInfo(thrown);
    const settle = <T extends Section>(section: T): T =>
      section.state === "running" ? { ...section, state: "error", error } : section;
    this.#update({
      summary: this.#view.summary && settle(this.#view.summary),
      questions: this.#view.questions.map(settle),
    });
    this.#end(run, "");
  }

  /** The model that is to write, if there is one. */
  async #model(): Promise<ModelRecord | undefined> {
    const [{ modelId }, listing] = await Promise.all([readSettings(), this.#client.request({ type: "models" }).ending]);
    if (listing.type === "error") throw new ChordError(listing.error.code, listing.error.message);
    return listing.type === "done" ? pickModel(listing.result.models, modelId) : undefined;
  }

  #embed(run: Run) {
    return async (texts: string[], onProgress: (done: number) => void): Promise<Float32Array[]> => {
      const running: Running<Vectors> = this.#client.request({ type: "embed", texts }, (progress) => {
        if (progress.type === "embedded" && !run.stopped) onProgress(progress.done);
      });
      run.cancels.add(running.cancel);
      if (run.stopped) running.cancel();
      const ending = await running.ending;
      run.cancels.delete(running.cancel);
      if (ending.type === "done") return unpackVectors(ending.result);
      if (ending.type === "error") throw new ChordError(ending.error.code, ending.error.message);
      throw new ChordError("cancelled");
    };
  }

  #reading({ done, total }: { done: number; total: number }): void {
    if (!this.#run) return;
    const count = total > 1 ? t("sidepanel_passages", number(done), number(total)) : "";
    this.#update({ status: reading(count) });
  }

  #progress(progress: Progress): void {
    const status = progressStatus(progress, "page");
    if (status) this.#update({ status, announcement: status.announcement || this.#view.announcement });
  }

  #update(change: Partial<PanelView>): void {
    this.#view = { ...this.#view, ...change };
    this.#show(this.#view);
  }
}

const stoppedNote = (note: string | null) => (note ? `${t("status_stopped")} ${note}.` : t("status_stopped"));

function partNote({ parts, part, stage }: WriteView): string | null {
  if (stage === "choosing") return t("sidepanel_choosing");
  return parts > 1 ? t("sidepanel_part_of", number(part), number(parts)) : null;
}
