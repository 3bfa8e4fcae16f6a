// A summary written by a model. A page that is longer than the model can hold is read part by part, every part once: each gives
// points with their citations (map). Of those the most central and different are kept for a list, or one text is written out of
// them (reduce). What is there is shown as it comes and stays when it is stopped.

import type { RequestBody, Running } from "../client";
import type { ErrorInfo } from "../errors";
import type { Ending, GenerateResult, Input, ModelRecord, Progress, Sampling } from "../protocol";
import type { PageText } from "../reading/messages";
import { centrality } from "./centrality";
import { Chunks, type Piece } from "./chunks";
import type { Embed } from "./extract";
import { diverse } from "./mmr";
import { parsePoint, parsePoints } from "./parse";
import type { Kind, Length, Point } from "./points";
import { formInput, pointsInput } from "./prompts";

type GenerateBody = Extract<RequestBody, { type: "generate" }>;

export interface Writer {
  request(body: GenerateBody, onProgress: (progress: Progress) => void): Running<GenerateResult>;
}

export interface WriteTask {
  page: PageText;
  kind: Kind;
  length: Length;
  model: ModelRecord;
  sampling: Sampling;
}

export interface WriteView {
  /** All points so far; the last may be unfinished. */
  points: Point[];
  stage: "reading" | "choosing" | "writing";
  /** The part that is read, from 1, and how many there seem to be. */
  part: number;
  parts: number;
  progress: Progress | null;
}

export type WriteEnding =
  | { type: "done"; points: Point[]; chunks: Piece[][] }
  | { type: "cancelled"; points: Point[] }
  | { type: "error"; points: Point[]; error: ErrorInfo };

export interface WriteRun {
  readonly ending: Promise<WriteEnding>;
  cancel(): void;
}

const COUNTS: Record<Length, number> = { short: 3, medium: 5, long: 8 };
/** Points of one part, of several. */
const POINTS_A_PART: Record<Length, number> = { short: 1, medium: 2, long: 3 };
/** Points that a text is written from. */
const NOTES = 10;
/** Tokens that a point with its citation may take. */
const POINT_TOKENS = 80;

/** The prompt may take this much of the context; the rest is for the answer. */
const PROMPT_SHARE = 0.7;
/** How much a guess of a part's tokens may be off; the paragraphs' numbers are in it. */
const MARGIN = 0.9;
const SHORTER = 0.6;
// At first; what the model makes of the first part tells.
const CHARS_PER_TOKEN = 3.5;
const FEWEST_CHARS = 48;

export function writeSummary(
  client: Writer,
  embed: Embed | null,
  task: WriteTask,
  show: (view: WriteView) => void,
): WriteRun {
  const { page, kind, length, model, sampling } = task;
  const { hasChatTemplate } = model.info;
  let cancelled = false;
  let current: Running<GenerateResult> | null = null;
  let context = model.info.contextLength;
  let charsPerToken = CHARS_PER_TOKEN;
  const points: Point[] = [];
  const view: WriteView = { points: [], stage: "reading", part: 1, parts: 1, progress: null };
  const update = (change: Partial<WriteView>) => {
    if (!cancelled) show(Object.assign(view, change));
  };

  /** One answer; "too long" when the prompt leaves no room for one. */
  async function ask(
    input: Input,
    maxTokens: number,
    onText: (text: string) => void,
  ): Promise<Ending<GenerateResult> | "too long"> {
    let text = "";
    let tooLong = false;
    const limited = {
      ...sampling,
      maxTokens: Math.max(1, Math.min(maxTokens, Math.floor(context * (1 - PROMPT_SHARE)))),
    };
    const running = client.request({ type: "generate", modelId: model.id, input, sampling: limited }, (progress) => {
      if (progress.type === "model") context = progress.model.context;
      if (progress.type === "prefill") {
        if (!tooLong && progress.total > context * PROMPT_SHARE) {
          tooLong = true;
          running.cancel();
        }
        if (progress.total > 0) charsPerToken = lengthOf(input) / progress.total;
      }
      if (tooLong) return;
      if (progress.type === "token") {
        text += progress.text;
        onText(text);
      }
      update({ progress });
    });
    current = running;
    if (cancelled) running.cancel();
    const ending = await running.ending;
    if (tooLong && ending.type !== "error") return "too long";
    return ending.type === "error" && ending.error.code === "context_full" ? "too long" : ending;
  }

  async function map(): Promise<WriteEnding | Piece[][]> {
    const chunks = new Chunks(page);
    const read: Piece[][] = [];
    let shrink = 1;
    const empty = lengthOf(pointsInput([], COUNTS[length], hasChatTemplate));
    const roomNow = () => Math.max(FEWEST_CHARS, (context * PROMPT_SHARE * charsPerToken - empty) * MARGIN);
    while (!chunks.isDone) {
      const room = roomNow();
      const pieces = chunks.take(Math.floor(room * shrink));
      const ahead = Math.ceil(chunks.left / room);
      update({ stage: "reading", part: read.length + 1, parts: read.length + 1 + ahead });
      const alone = read.length === 0 && chunks.isDone;
      const count = alone ? COUNTS[length] : POINTS_A_PART[length];
      const among = [...new Set(pieces.map(({ place }) => place.paragraph))];
      const input = pointsInput(numbered(pieces), count, hasChatTemplate);
      const before = points.length;
      const put = (text: string) => {
        const found = parsePoints(text, page, among);
        // A model without a chat format says what it says; a point is a line, and it never ends one.
        points.splice(before, points.length, ...found.slice(0, count));
        update({ stage: "writing", points: [...points] });
      };
      const ending = await ask(input, count * POINT_TOKENS, put);
      if (cancelled || (ending !== "too long" && ending.type === "cancelled"))
        return { type: "cancelled", points: [...points] };
      if (ending === "too long") {
        const chars = pieces.reduce((sum, { text }) => sum + text.length, 0);
        points.length = before;
        chunks.putBack(pieces);
        if (chars <= FEWEST_CHARS) return { type: "error", points, error: { code: "context_full", message: "" } };
        // The attempt may have told the context or the length of tokens; if it did not, a shorter part is tried.
        if (roomNow() * shrink > chars * SHORTER) shrink *= SHORTER;
        continue;
      }
      if (ending.type === "error") return { type: "error", points: [...points], error: ending.error };
      put(ending.result.text);
      read.push(pieces);
    }
    return read;
  }

  /** The `count` points that say most of what all say, in the page's order. */
  async function choose(count: number): Promise<Point[]> {
    if (points.length <= count) return [...points];
    update({ stage: "choosing" });
    if (!embed) return spread(points, count);
    try {
      const vectors = await embed(
        points.map(({ text }) => text),
        () => {},
      );
      const weights = centrality(vectors);
      const most = Math.max(...weights);
      const scores = weights.map((weight) => weight / (most || 1));
      const chosen = diverse(scores, vectors, count).sort((a, b) => a - b);
      return chosen.flatMap((i) => points[i] ?? []);
    } catch {
      return spread(points, count); // the built-in model is missing: some from everywhere
    }
  }

  async function run(): Promise<WriteEnding> {
    const read = await map();
    if (!Array.isArray(read)) return read;
    if (kind === "points") {
      const chosen = read.length > 1 ? await choose(COUNTS[length]) : [...points];
      return cancelled ? { type: "cancelled", points: chosen } : { type: "done", points: chosen, chunks: read };
    }
    for (let notes = await choose(NOTES); ; notes = notes.slice(0, Math.floor(notes.length / 2))) {
      if (cancelled) return { type: "cancelled", points: [...points] };
      const among = notes.flatMap(({ citations }) => citations.map(({ place }) => place.paragraph));
      const listed = notes.map(({ text, citations }) => ({ number: (citations[0]?.place.paragraph ?? 0) + 1, text }));
      // A note's own place stands for what is written from it.
      const formed = (text: string): Point[] => {
        const written = parsePoint(text, page, among);
        const citations = written.citations.map(
          (citation) =>
            notes
              .flatMap((note) => note.citations)
              .find(({ place, verified }) => verified && place.paragraph === citation.place.paragraph) ?? citation,
        );
        return written.text ? [{ text: written.text, citations }] : [];
      };
      const input = formInput(listed, kind, length, hasChatTemplate);
      const ending = await ask(input, 2 * POINT_TOKENS, (text) => update({ stage: "writing", points: formed(text) }));
      if (ending === "too long" && notes.length > 1) continue;
      if (ending === "too long") return { type: "error", points, error: { code: "context_full", message: "" } };
      if (cancelled || ending.type === "cancelled") return { type: "cancelled", points: view.points };
      if (ending.type === "error") return { type: "error", points: [...points], error: ending.error };
      return { type: "done", points: formed(ending.result.text), chunks: read };
    }
  }

  return {
    ending: run(),
    cancel() {
      cancelled = true;
      current?.cancel();
    },
  };
}

const numbered = (pieces: readonly Piece[]) => pieces.map(({ place, text }) => ({ number: place.paragraph + 1, text }));

const lengthOf = (input: Input) =>
  input.kind === "text" ? input.prompt.length : input.messages.reduce((sum, { content }) => sum + content.length, 0);

const spread = <T>(all: readonly T[], count: number): T[] =>
  Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
