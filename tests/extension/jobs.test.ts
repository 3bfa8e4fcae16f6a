import type { Engine } from "chord-engine";
import { afterEach, expect, test, vi } from "vitest";
import { ChordError } from "../../extension/errors";
import type { LoadedModel, Vectors } from "../../extension/protocol";
import { unpackVectors } from "../../extension/vectors";
import { Jobs } from "../../extension/worker/jobs";
import type { Command, Report } from "../../extension/worker/messages";
import { loaded, model, SAMPLING, STATUS } from "./fakes";

afterEach(() => vi.unstubAllGlobals());

const MODELS = [model("a"), model("b")];
const RESULT = {
  text: "hi",
  stopReason: "end" as const,
  promptTokens: 1,
  cachedTokens: 0,
  generatedTokens: 1,
  prefillTokensPerSecond: 1,
  decodeTokensPerSecond: 1,
  firstTokenMs: 1,
};

/** Notes what is called; `change` replaces single methods. */
function setUp(change: Partial<Record<keyof Engine, unknown>> = {}) {
  const calls: string[] = [];
  const reports: Report[] = [];
  let now: LoadedModel | undefined;
  const engine = {
    models: async () => MODELS,
    loaded: () => now,
    unload() {
      calls.push("unload");
      now = undefined;
    },
    async load(id: string) {
      calls.push(`load ${id}`);
      now = loaded(model(id));
      return now;
    },
    async generate() {
      calls.push("generate");
      return RESULT;
    },
    deleteModel: async (id: string) => void calls.push(`delete ${id}`),
    cancel: () => void calls.push("cancel"),
    ...change,
  };
  const jobs = new Jobs(
    engine as unknown as Engine,
    () => STATUS,
    (report) => reports.push(report),
  );
  const endings = () => reports.flatMap((report) => (report.type === "ended" ? [report] : []));
  return { jobs, calls, reports, endings };
}

const generate = (job: number, modelId: string): Command => ({
  job,
  id: "1",
  type: "generate",
  modelId,
  input: { kind: "text", prompt: "" },
  sampling: SAMPLING,
});

test("a model is loaded once, and another one only after it is dropped", async () => {
  const { jobs, calls, endings } = setUp();
  for (const [i, id] of ["a", "a", "b"].entries()) await jobs.handle(generate(i, id));
  expect(calls).toEqual(["load a", "generate", "generate", "unload", "load b", "generate"]);
  expect(endings().map((report) => report.ending)).toEqual(Array(3).fill({ type: "done", result: RESULT }));
});

test("deleting the loaded model unloads it first, and the change is told before the ending", async () => {
  const { jobs, calls, reports } = setUp();
  await jobs.handle(generate(1, "a"));
  await jobs.handle({ job: 2, id: "2", type: "delete", modelId: "b" });
  expect(calls.slice(2)).toEqual(["delete b"]);
  await jobs.handle({ job: 3, id: "3", type: "delete", modelId: "a" });
  expect(calls.slice(3)).toEqual(["unload", "delete a"]);
  expect(reports.slice(-2)).toMatchObject([
    { type: "state", loaded: undefined, engine: STATUS },
    { type: "ended", job: 3, ending: { type: "done" } },
  ]);
});

test("a coded error ends the job with its code, an answer cut off by cancel ends as cancelled", async () => {
  const refused = setUp({ load: () => Promise.reject(new ChordError("unsupported_type", "tensor x is IQ1_S")) });
  await refused.jobs.handle(generate(1, "a"));
  const error = { code: "unsupported_type", message: "tensor x is IQ1_S" };
  expect(refused.endings()).toMatchObject([{ job: 1, ending: { type: "error", error } }]);

  const stopped = setUp({ generate: async () => ({ ...RESULT, stopReason: "cancelled" }) });
  await stopped.jobs.handle(generate(1, "a"));
  expect(stopped.endings()).toMatchObject([{ job: 1, ending: { type: "cancelled" } }]);
});

test("an answer that another engine began goes on after its tokens", async () => {
  const asked: unknown[] = [];
  const { jobs } = setUp({ generate: async (request: unknown) => asked.push(request) && RESULT });
  await jobs.handle({ ...generate(1, "a"), written: [3, 4] } as Command);
  await jobs.handle(generate(2, "a"));
  expect(asked).toEqual([
    { prompt: "", ...SAMPLING, profile: false, written: [3, 4] },
    { prompt: "", ...SAMPLING, profile: false },
  ]);
});

test("a trap is the end of the worker, not of the job alone", async () => {
  const { jobs, reports, endings } = setUp({
    generate: () => Promise.reject(new WebAssembly.RuntimeError("unreachable")),
  });
  await jobs.handle(generate(1, "a"));
  expect(reports.at(-1)).toMatchObject({ type: "fatal", error: { code: "engine_crashed" } });
  expect(endings()).toEqual([]);
});

test("cancel between loading and answering keeps the answer from beginning", async () => {
  let finishLoading = () => {};
  const { jobs, calls, endings } = setUp({
    load: () =>
      new Promise((resolve) => {
        finishLoading = () => resolve(loaded(model("a")));
      }),
  });
  const handled = jobs.handle(generate(1, "a"));
  await jobs.handle({ job: 1, type: "cancel" });
  finishLoading(); // the engine was done before it heard of the cancel
  await handled;
  expect(calls).toEqual(["cancel"]);
  expect(endings()).toMatchObject([{ ending: { type: "cancelled" } }]);
});

test("a cancel for another job is none of this one's", async () => {
  const { jobs, calls } = setUp();
  const handled = jobs.handle(generate(2, "a"));
  await jobs.handle({ job: 1, type: "cancel" });
  await handled;
  expect(calls).not.toContain("cancel");
});

test("the built-in model is loaded once, from the extension's own package, and its vectors are packed", async () => {
  vi.stubGlobal("location", { origin: "chrome-extension://abc" });
  const fetched = vi.fn(async () => new Response("GGUF…"));
  vi.stubGlobal("fetch", fetched);
  let there: LoadedModel | undefined;
  const { jobs, endings } = setUp({
    loaded: () => there,
    loadFile: async (file: Blob, name: string) => {
      expect(await file.text()).toBe("GGUF…");
      there = loaded(model(name));
    },
    embed: async (texts: string[]) => ({ embeddings: texts.map(() => [0.5, -1]), truncated: [] }),
  });
  for (const job of [1, 2]) await jobs.handle({ job, id: "e", type: "embed", texts: ["a", "b"] });
  expect(fetched).toHaveBeenCalledOnce();
  const [first] = endings();
  expect(first?.ending.type === "done" && unpackVectors(first.ending.result as Vectors).map((v) => [...v])).toEqual([
    [0.5, -1],
    [0.5, -1],
  ]);
});

test("without its file the built-in model is missing, by name", async () => {
  vi.stubGlobal("location", { origin: "chrome-extension://abc" });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  const { jobs, endings } = setUp();
  await jobs.handle({ job: 1, id: "e", type: "embed", texts: [] });
  expect(endings()).toMatchObject([{ ending: { type: "error", error: { code: "no_built_in_model" } } }]);
});
