import { expect, test } from "vitest";
import type { Job } from "../../extension/actions";
import type { Running } from "../../extension/client";
import { type Asker, runFitted, runJob } from "../../extension/fit";
import type { Ending, GenerateResult, Input, Progress } from "../../extension/protocol";
import { loaded, model, SAMPLING } from "./fakes";

const CONTEXT = 512;
const RESULT = { text: "short", stopReason: "end" } as GenerateResult;

const textOf = (input: Input) =>
  input.kind === "text" ? input.prompt : input.messages.map((m) => m.content).join("\n");

/** An engine with a token for every `charsPerToken` characters. */
class FakeEngine implements Asker {
  readonly prompts: string[] = [];
  constructor(
    private readonly charsPerToken: number,
    private readonly context = CONTEXT,
  ) {}

  request(body: Parameters<Asker["request"]>[0], onProgress: (progress: Progress) => void): Running<GenerateResult> {
    const prompt = textOf(body.input);
    this.prompts.push(prompt);
    const total = Math.ceil(prompt.length / this.charsPerToken);
    let cancelled = false;
    const answer = async (): Promise<Ending<GenerateResult>> => {
      await null;
      if (total >= this.context) return { type: "error", error: { code: "context_full", message: "" } };
      onProgress({ type: "model", model: loaded(MODEL, this.context) });
      onProgress({ type: "prefill", done: 0, total });
      await null;
      return cancelled ? { type: "cancelled" } : { type: "done", result: RESULT };
    };
    return {
      id: String(this.prompts.length),
      ending: answer(),
      cancel() {
        cancelled = true;
      },
    };
  }
}

const MODEL = model("m", { contextLength: CONTEXT });
const JOB: Job = { kind: "action", action: "summarize", language: "English" };
const task = (selection: string) => ({ job: JOB, selection, model: MODEL, sampling: SAMPLING });
const prose = (length: number) => "The keeper kept a diary of storms. ".repeat(length / 35 + 1).slice(0, length);

test("what fits is asked once, whole", async () => {
  const engine = new FakeEngine(4);
  const progress: Progress[] = [];
  const { ending, used } = await runJob(engine, task(prose(400)), (p) => progress.push(p)).ending;
  expect(ending).toEqual({ type: "done", result: RESULT });
  expect(used).toBe(1);
  expect(engine.prompts).toHaveLength(1);
  expect(progress.map((p) => p.type)).toEqual(["model", "prefill"]);
});

test.each([1, 1.6, 4, 7])(
  "with %d characters a token, a long text is cut until there is room for an answer",
  async (rate) => {
    const engine = new FakeEngine(rate);
    const text = prose(40_000);
    const { ending, used } = await runJob(engine, task(text), () => {}).ending;
    expect(ending.type).toBe("done");
    expect(used).toBeGreaterThan(0);
    expect(used).toBeLessThan(1);
    const last = engine.prompts.at(-1) ?? "";
    expect(last.length / rate).toBeLessThanOrEqual(CONTEXT * 0.75 + 1);
    // Not much less than there is room for, either.
    expect(last.length / rate).toBeGreaterThan(CONTEXT * 0.45);
    expect(text.startsWith(/<<<TEXT\n(.*)\nTEXT>>>/s.exec(last)?.[1] ?? "?")).toBe(true);
  },
);

test("the loaded model's own context counts, not the trained one", async () => {
  const engine = new FakeEngine(4, 256);
  const { ending } = await runJob(engine, task(prose(1200)), () => {}).ending;
  expect(ending.type).toBe("done");
  expect((engine.prompts.at(-1)?.length ?? 0) / 4).toBeLessThanOrEqual(256 * 0.75 + 1);
});

test("a model too small for the instructions alone ends with context_full, after a bounded number of tries", async () => {
  const engine = new FakeEngine(4, 16);
  const { ending } = await runJob(engine, task(prose(4000)), () => {}).ending;
  expect(ending).toMatchObject({ type: "error", error: { code: "context_full" } });
  expect(engine.prompts.length).toBeLessThanOrEqual(16);
});

test("what stands beside the text is never cut: the text gets what is left", async () => {
  const engine = new FakeEngine(4);
  const beside = prose(1000); // 250 tokens of 384
  const ask = (text: string, hear: (progress: Progress) => void) =>
    engine.request(
      { type: "generate", modelId: "m", input: { kind: "text", prompt: beside + text }, sampling: SAMPLING },
      hear,
    );
  const { ending, used } = await runFitted({ text: prose(30_000), context: CONTEXT, ask }, () => {}).ending;
  expect(ending.type).toBe("done");
  const tokens = (engine.prompts.at(-1)?.length ?? 0) / 4;
  expect(tokens).toBeLessThanOrEqual(CONTEXT * 0.75 + 1);
  expect(tokens).toBeGreaterThan(CONTEXT * 0.65);
  expect(used).toBeLessThan(0.1);
});

test("other errors are not tried again", async () => {
  const asker: Asker = {
    request: () => ({
      id: "1",
      ending: Promise.resolve({ type: "error", error: { code: "engine_lost", message: "" } }),
      cancel: () => {},
    }),
  };
  const { ending } = await runJob(asker, task("x"), () => {}).ending;
  expect(ending).toMatchObject({ type: "error", error: { code: "engine_lost" } });
});

test("cancel ends it, also between two tries", async () => {
  const engine = new FakeEngine(1);
  const run = runJob(engine, task(prose(4000)), () => {});
  run.cancel();
  expect((await run.ending).ending).toEqual({ type: "cancelled" });
  expect(engine.prompts).toHaveLength(1);
});
