import { describe, expect, test } from "vitest";
import type { Running } from "../../extension/client";
import type { Ending, GenerateResult, Progress } from "../../extension/protocol";
import type { PageText } from "../../extension/reading/messages";
import { Chunks, type Piece } from "../../extension/summary/chunks";
import {
  type WriteEnding,
  type Writer,
  type WriteTask,
  type WriteView,
  writeSummary,
} from "../../extension/summary/write";
import { loaded, model, SAMPLING } from "./fakes";

const CONTEXT = 1024;
const CHARS_PER_TOKEN = 3;

/** A page that fills the context so many times, in paragraphs of many lengths: the fourth is longer than a context. */
function page(times: number): PageText {
  const paragraphs: PageText["paragraphs"] = [];
  let chars = 0;
  for (let i = 0; chars < times * CONTEXT * CHARS_PER_TOKEN; i += 1) {
    const sentence = (n: number) => `Part ${i} has the word w${i}x${n} in a sentence of its own.`;
    const count = i === 3 && times > 1 ? 70 : 1 + ((i * 7) % 12);
    const text = Array.from({ length: count }, (_, n) => sentence(n)).join(" ");
    paragraphs.push({ text, kind: "text", links: 0 });
    chars += text.length;
  }
  return { reading: 1, url: "", title: "Parts", site: "", lang: "en", found: true, cut: false, paragraphs };
}

const RESULT: GenerateResult = {
  text: "",
  stopReason: "end",
  promptTokens: 0,
  cachedTokens: 0,
  generatedTokens: 0,
  prefillTokensPerSecond: 1,
  decodeTokensPerSecond: 1,
  firstTokenMs: 1,
};

/** A model that counts a token for some characters, holds CONTEXT of them and says what `answer` makes of a prompt. */
class FakeWriter implements Writer {
  readonly prompts: string[] = [];
  cancels = 0;
  stage: "prefill" | "token" | null = null;
  constructor(
    readonly answer: (prompt: string) => string,
    readonly hangAt?: (prompts: number, stage: "prefill" | "token") => boolean,
  ) {}

  request(body: Parameters<Writer["request"]>[0], onProgress: (progress: Progress) => void): Running<GenerateResult> {
    const { input } = body;
    const prompt = input.kind === "text" ? input.prompt : input.messages.map(({ content }) => content).join("\n");
    let cancelled = false;
    let release = () => {};
    const run = async (): Promise<Ending<GenerateResult>> => {
      await Promise.resolve();
      onProgress({ type: "model", model: loaded(model("m"), CONTEXT) });
      const total = Math.ceil(prompt.length / CHARS_PER_TOKEN);
      if (total > CONTEXT) return { type: "error", error: { code: "context_full", message: "" } };
      const pause = async (stage: "prefill" | "token") => {
        if (!this.hangAt?.(this.prompts.length, stage)) return;
        this.stage = stage;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      };
      onProgress({ type: "prefill", done: total, total });
      await Promise.resolve();
      if (cancelled) return { type: "cancelled" };
      this.prompts.push(prompt);
      await pause("prefill");
      if (cancelled) return { type: "cancelled" };
      const text = this.answer(prompt);
      for (const piece of text.match(/.{1,16}/gs) ?? []) {
        onProgress({ type: "token", text: piece, tokens: 1 });
        await pause("token");
        if (cancelled) return { type: "cancelled" };
      }
      return { type: "done", result: { ...RESULT, text } };
    };
    const cancel = () => {
      cancelled = true;
      this.cancels += 1;
      release();
    };
    return { id: "1", ending: run(), cancel };
  }
}

/** Cites the first paragraph it sees, in its own words. */
const honest = (prompt: string) => {
  const [, number, words] = /\n\[(\d+)\] (.{20,60}?\.)/.exec(prompt) ?? [];
  return words ? `- Something is said here of part ${number} [${number} "${words}"]\n` : "All of it in a sentence.";
};

function start(writer: FakeWriter, text: PageText, change: Partial<WriteTask> = {}) {
  const views: Pick<WriteView, "part" | "parts" | "points">[] = [];
  const task: WriteTask = {
    page: text,
    kind: "points",
    length: "medium",
    model: model("m", { contextLength: 2048 }), // the engine makes room for less
    sampling: SAMPLING,
    ...change,
  };
  const run = writeSummary(writer, null, task, ({ part, parts, points }) =>
    views.push({ part, parts, points: [...points] }),
  );
  return { run, views };
}

function covered(text: PageText, chunks: readonly Piece[][]): void {
  const seen = text.paragraphs.map(({ text }) => new Uint8Array(text.length));
  for (const { place, text: said } of chunks.flat()) {
    expect(text.paragraphs[place.paragraph]?.text.slice(place.from, place.to)).toBe(said);
    for (let at = place.from; at < place.to; at += 1)
      (seen[place.paragraph] as Uint8Array)[at] = 1 + (seen[place.paragraph]?.[at] ?? 0);
  }
  for (const [i, times] of seen.entries()) expect([...new Set(times)], `paragraph ${i}`).toEqual([1]);
}

const done = (ending: WriteEnding) => {
  if (ending.type !== "done") throw new Error(`ended as ${JSON.stringify(ending)}`);
  return ending;
};

describe.each([
  ["in part", 0.3, 1, 1],
  ["once", 1, 2, 4],
  ["three times", 3, 4, 12],
  ["twenty times", 20, 28, 80],
])("a page that fills the context %s", (_, times, fewest, most) => {
  test.each([true, false])("is read whole, every part once (chat format: %s)", async (hasChatTemplate) => {
    const text = page(times);
    const writer = new FakeWriter(honest);
    const { run } = start(writer, text, { model: model("m", { contextLength: 2048, hasChatTemplate }) });
    const { chunks, points } = done(await run.ending);
    covered(text, chunks);
    expect(chunks.length).toBeGreaterThanOrEqual(fewest);
    expect(chunks.length).toBeLessThanOrEqual(most);
    // What was reported as read is what the model was shown, in this order.
    const shown = writer.prompts.slice(-chunks.length);
    for (const [i, pieces] of chunks.entries()) for (const { text: said } of pieces) expect(shown[i]).toContain(said);
    if (hasChatTemplate) {
      const quoting = points.filter((point) => point.text.startsWith("Something"));
      expect(quoting.length).toBeGreaterThan(0);
      expect(quoting.every(({ citations }) => citations.every(({ verified }) => verified))).toBe(true);
    }
  });
});

test("a text is written out of points and cites their places", async () => {
  const text = page(3);
  const writer = new FakeWriter((prompt) =>
    prompt.includes("from notes on it") ? `It begins with this [${/\n\[(\d+)\]/.exec(prompt)?.[1]}].` : honest(prompt),
  );
  const { run } = start(writer, text, { kind: "tldr" });
  const { points, chunks } = done(await run.ending);
  covered(text, chunks);
  expect(points).toMatchObject([{ text: "It begins with this.", citations: [{ verified: true }] }]);
});

test("points grow while they are written, and progress names the part", async () => {
  const { run, views } = start(new FakeWriter(honest), page(3));
  await run.ending;
  expect(Math.max(...views.map(({ part }) => part))).toBe(views.at(-1)?.parts);
  const counts = views.map(({ points }) => points.length);
  expect(new Set(counts).size).toBeGreaterThan(2);
  expect(views.every(({ part, parts }) => part <= parts)).toBe(true);
});

const MOMENTS: [string, WriteTask["kind"], (prompts: number, stage: string) => boolean, number][] = [
  ["while the first part is read", "points", (n, stage) => n === 1 && stage === "prefill", 0],
  ["while the first part is written", "points", (n, stage) => n === 1 && stage === "token", 0],
  ["in the middle", "points", (n, stage) => n === 4 && stage === "token", 3],
  ["while the text is written", "headline", (n, stage) => n > 8 && stage === "token", 1],
];
test.each(MOMENTS)("stopped %s, it ends at once and keeps what there is", async (_, kind, hangAt, fewest) => {
  const writer = new FakeWriter(honest, hangAt);
  const { run } = start(writer, page(4), { kind });
  while (writer.stage === null) await new Promise(setImmediate);
  const before = writer.prompts.length;
  run.cancel();
  const ending = await run.ending;
  expect(ending.type).toBe("cancelled");
  expect(ending.points.length).toBeGreaterThanOrEqual(fewest);
  await new Promise(setImmediate);
  expect(writer.prompts.length, "nothing more is asked").toBe(before);
});

test("stopped before anything was answered", async () => {
  const { run } = start(new FakeWriter(honest), page(3));
  run.cancel();
  expect(await run.ending).toEqual({ type: "cancelled", points: [] });
});

test("an error keeps the points so far", async () => {
  let asked = 0;
  const writer = new FakeWriter((prompt) => {
    asked += 1;
    if (asked === 3) throw new Error("unreachable");
    return honest(prompt);
  });
  const failing: Writer = {
    request(body, onProgress) {
      const running = writer.request(body, onProgress);
      const ending = running.ending.catch(
        (): Ending<GenerateResult> => ({ type: "error", error: { code: "engine_crashed", message: "" } }),
      );
      return { ...running, ending };
    },
  };
  const task: WriteTask = { page: page(3), kind: "points", length: "medium", model: model("m"), sampling: SAMPLING };
  const ending = await writeSummary(failing, null, task, () => {}).ending;
  expect(ending).toMatchObject({ type: "error", error: { code: "engine_crashed" } });
  expect(ending.points.length).toBe(2);
});

test("a page of one endless word, and one of nothing but breaks, are cut too", () => {
  for (const text of ["x".repeat(5000), "😀".repeat(2500), `${"a ".repeat(3000)}`]) {
    const whole = { ...page(0.1), paragraphs: [{ text, kind: "text" as const, links: 0 }] };
    const chunks = new Chunks(whole);
    const parts: Piece[][] = [];
    while (!chunks.isDone) parts.push(chunks.take(97));
    covered(whole, parts);
    expect(parts.every((pieces) => pieces.reduce((sum, piece) => sum + piece.text.length, 0) <= 97)).toBe(true);
    expect(
      parts.flat().every((piece) => !/[\uD800-\uDBFF]$/.test(piece.text)),
      "half a character",
    ).toBe(true);
  }
});
