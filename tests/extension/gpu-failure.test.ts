// A GPU that fails: whatever it was in the middle of goes on without it, once, and nobody has to do anything.
import { describe, expect, test, vi } from "vitest";
import { EngineHost } from "../../extension/offscreen/engine-host";
import type { ComputeOn, Ending, Progress, Results, Work } from "../../extension/protocol";
import type { Command } from "../../extension/worker/messages";
import { FakeWorker, GENERATE, loaded, model, ON_GPU, RESULT, STATUS, settle } from "./fakes";

const MODEL = model("m");
const token = (text: string, tokens: number, id?: number): Progress => ({
  type: "token",
  text,
  tokens,
  ...(id !== undefined && { id }),
});
const failure = (code: "device_lost" | "out_of_memory" | "context_full"): Ending => ({
  type: "error",
  error: { code, message: "it is gone" },
});
const done = (text: string): Ending => ({ type: "done", result: { ...RESULT, text } });

function setUp() {
  const workers: { worker: FakeWorker; on: ComputeOn }[] = [];
  const states: Results["models"][] = [];
  const host = new EngineHost(
    (on) => {
      const worker = new FakeWorker();
      workers.push({ worker, on });
      return worker;
    },
    (state) => states.push(state),
  );
  return {
    host,
    states,
    ons: () => workers.map(({ on }) => on),
    worker: () => workers.at(-1)?.worker as FakeWorker,
  };
}

/** An answer that has begun on a GPU. */
async function onGpu(request: Work = GENERATE) {
  const all = setUp();
  const progress: Progress[] = [];
  const ending = all.host.run(request, (p) => progress.push(p));
  all.worker().ready([MODEL], loaded(MODEL), ON_GPU);
  await settle();
  const job = all.worker().commands.at(-1)?.job ?? -1;
  const tell = (...what: Progress[]) => {
    for (const one of what) all.worker().report({ type: "progress", job, progress: one });
  };
  const end = (how: Ending) => all.worker().report({ type: "ended", job, ending: how });
  return { ...all, ending, progress, job, tell, end };
}

/** The worker without a GPU takes over. */
async function takesOver({ worker }: Pick<ReturnType<typeof setUp>, "worker">): Promise<Command | undefined> {
  worker().ready([MODEL]);
  await settle();
  return worker().commands.at(-1);
}

const ways: [string, "device_lost" | "out_of_memory" | "engine_crashed", (worker: FakeWorker, job: number) => void][] =
  [
    [
      "the device is lost",
      "device_lost",
      (worker, job) => worker.report({ type: "ended", job, ending: failure("device_lost") }),
    ],
    [
      "its memory is full",
      "out_of_memory",
      (worker, job) => worker.report({ type: "ended", job, ending: failure("out_of_memory") }),
    ],
    [
      "the engine traps",
      "engine_crashed",
      (worker) => worker.report({ type: "fatal", error: { code: "engine_crashed", message: "unreachable" } }),
    ],
    ["the worker dies", "engine_crashed", (worker) => worker.onerror?.({ message: "unreachable" })],
  ];

test.each(ways)("in the middle of an answer %s: it goes on without a GPU, told as one", async (_, code, fail) => {
  const answer = await onGpu();
  const { worker, progress, job, tell, end } = answer;
  tell({ type: "prefill", done: 4, total: 4 }, token("Hel", 1, 11), token("", 2, 12));
  const first = worker();
  fail(first, job);
  expect(first.terminated).toBe(true);
  expect(answer.ons()).toEqual(["auto", "cpu"]);
  first.report({ type: "ended", job, ending: done("late") }); // a late word of the dead

  expect(await takesOver(answer)).toEqual({ ...GENERATE, job, written: [11, 12] });
  tell({ type: "model", model: loaded(MODEL) }, token("lo", 3, 13));
  end(done("lo"));
  expect(await answer.ending).toEqual({ type: "done", result: { ...RESULT, text: "Hello", firstTokenMs: 0 } });
  // What a surface hears has no tokens' numbers in it, and no text twice.
  expect(progress).toEqual([
    { type: "prefill", done: 4, total: 4 },
    token("Hel", 1),
    token("", 2),
    { type: "gpuFailed", code },
    { type: "model", model: loaded(MODEL) },
    token("lo", 3),
  ]);
});

test("while the model is loaded: nothing is written yet, and it is loaded elsewhere", async () => {
  const answer = await onGpu();
  answer.tell({ type: "progress", stage: "load", bytes: 5, total: 10 });
  answer.end(failure("out_of_memory"));
  expect(await takesOver(answer)).toEqual({ ...GENERATE, job: answer.job, written: [] });
  answer.end(done("Hello"));
  expect(await answer.ending).toMatchObject({ type: "done", result: { text: "Hello" } });
  expect(answer.progress.filter(({ type }) => type === "gpuFailed")).toHaveLength(1);
});

test("from then on nothing runs on the GPU, and the state says why", async () => {
  const answer = await onGpu();
  answer.end(failure("device_lost"));
  await takesOver(answer);
  answer.end(done("a"));
  await answer.ending;
  expect(answer.states.at(-1)).toMatchObject({ engine: STATUS, gpuFailed: { code: "device_lost" } });

  // Another worker, after a crash of this one, is without a GPU too; and its answers are told of nothing.
  answer.worker().onerror?.({ message: "unreachable" });
  const heard: Progress[] = [];
  const next = answer.host.run(GENERATE, (p) => heard.push(p));
  expect(answer.ons()).toEqual(["auto", "cpu", "cpu"]);
  await takesOver(answer);
  answer.worker().report({ type: "ended", job: answer.job + 1, ending: done("b") });
  expect(await next).toMatchObject({ type: "done" });
  expect(heard).toEqual([]);
});

test("until the person wants another try", async () => {
  const answer = await onGpu();
  answer.host.retryGpu(); // nothing has failed
  answer.end(failure("device_lost"));
  await takesOver(answer);
  answer.host.retryGpu(); // the answer ends where it is
  expect(answer.ons()).toEqual(["auto", "cpu"]);
  answer.end(done("a"));
  await answer.ending;
  expect(answer.ons()).toEqual(["auto", "cpu", "auto"]);
});

test("or chooses anew", async () => {
  const answer = await onGpu();
  answer.end(failure("device_lost"));
  await takesOver(answer);
  answer.end(done("a"));
  await answer.ending;
  answer.host.setComputeOn("gpu");
  expect(answer.ons()).toEqual(["auto", "cpu", "gpu"]);
  answer.worker().ready([MODEL], undefined, ON_GPU);
  expect(answer.states.at(-1)).toEqual({ models: [MODEL], loaded: undefined, engine: ON_GPU });
});

describe("no answer is moved", () => {
  test("twice: a failure on the processor ends it", async () => {
    const answer = await onGpu();
    answer.end(failure("device_lost"));
    await takesOver(answer);
    answer.end(failure("out_of_memory"));
    expect(await answer.ending).toEqual(failure("out_of_memory"));
    expect(answer.ons()).toEqual(["auto", "cpu"]);
  });

  test("twice, where the person wants the GPU again meanwhile", async () => {
    const answer = await onGpu();
    answer.end(failure("device_lost"));
    answer.host.setComputeOn("gpu");
    answer.worker().onerror?.({ message: "no wasm" });
    answer.worker().ready([MODEL], undefined, ON_GPU);
    await settle();
    answer.end(failure("device_lost"));
    expect(await answer.ending).toEqual(failure("device_lost"));
    expect(answer.progress.filter(({ type }) => type === "gpuFailed")).toHaveLength(1);
  });

  test("to an engine that does not start: its error is the answer's", async () => {
    const answer = await onGpu();
    answer.end(failure("device_lost"));
    answer.worker().report({ type: "fatal", error: { code: "engine_failed", message: "no wasm" } });
    expect(await answer.ending).toEqual({ type: "error", error: { code: "engine_failed", message: "no wasm" } });
    expect(answer.ons()).toEqual(["auto", "cpu"]);
  });

  test("for a failure that is not the GPU's", async () => {
    const answer = await onGpu();
    answer.end(failure("context_full"));
    expect(await answer.ending).toEqual(failure("context_full"));
    expect(answer.worker().terminated).toBe(false);
  });

  test("that did not run on a GPU", async () => {
    const all = setUp();
    const ending = all.host.run(GENERATE, () => {});
    all.worker().ready([MODEL]);
    await settle();
    all.worker().report({ type: "ended", job: 1, ending: failure("out_of_memory") });
    expect(await ending).toEqual(failure("out_of_memory"));
    expect(all.ons()).toEqual(["auto"]);
  });
});

describe("Stop", () => {
  test("while the other worker starts: the answer is cancelled and never reaches it", async () => {
    const answer = await onGpu();
    answer.tell(token("Hel", 1, 11));
    answer.end(failure("device_lost"));
    answer.host.cancel();
    answer.worker().ready([MODEL]);
    expect(await answer.ending).toEqual({ type: "cancelled" });
    expect(answer.worker().commands).toEqual([]);
  });

  test("while that worker does not come: it is not waited for", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answer = await onGpu();
    answer.end(failure("device_lost"));
    answer.host.cancel();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect(await answer.ending).toEqual({ type: "cancelled" });
  });

  test("before the failure: it is cancelled and nothing starts", async () => {
    const answer = await onGpu();
    answer.host.cancel();
    answer.end(failure("device_lost"));
    expect(await answer.ending).toEqual({ type: "cancelled" });
    expect(answer.ons()).toEqual(["auto"]);
  });

  test("after the move reaches the worker that has the answer now", async () => {
    const answer = await onGpu();
    answer.end(failure("device_lost"));
    await takesOver(answer);
    answer.host.cancel();
    expect(answer.worker().commands.at(-1)).toEqual({ job: answer.job, type: "cancel" });
    answer.end({ type: "cancelled" });
    expect(await answer.ending).toEqual({ type: "cancelled" });
  });
});

describe("an engine that does not start", () => {
  test("is tried without a GPU: who waits for it gets that one, and is told of nothing", async () => {
    const all = setUp();
    const progress: Progress[] = [];
    const listing = all.host.models();
    const ending = all.host.run(GENERATE, (p) => progress.push(p));
    all.worker().onerror?.({ message: "unreachable" });
    expect(all.ons()).toEqual(["auto", "cpu"]);
    await takesOver(all);
    expect(await listing).toMatchObject({ engine: STATUS, gpuFailed: { code: "engine_failed" } });
    all.worker().report({ type: "ended", job: 1, ending: done("a") });
    expect(await ending).toEqual(done("a"));
    expect(progress).toEqual([]);
  });

  test("even so was not the GPU's fault: the next may have it", async () => {
    const all = setUp();
    const ending = all.host.run(GENERATE, () => {});
    all.worker().onerror?.({ message: "no wasm" });
    all.worker().onerror?.({ message: "no wasm either" });
    expect(await ending).toEqual({ type: "error", error: { code: "engine_failed", message: "no wasm either" } });
    void all.host.run(GENERATE, () => {});
    expect(all.ons()).toEqual(["auto", "cpu", "auto"]);
  });
});

describe("another choice", () => {
  test("of no worker yet decides about the first", async () => {
    const all = setUp();
    all.host.setComputeOn("cpu");
    expect(all.ons()).toEqual([]);
    void all.host.models();
    expect(all.ons()).toEqual(["cpu"]);
  });

  test("between answers replaces the worker at once, and the new state is told", async () => {
    const answer = await onGpu();
    answer.end(done("a"));
    await answer.ending;
    const first = answer.worker();
    answer.host.setComputeOn("auto"); // as before
    expect(first.terminated).toBe(false);
    answer.host.setComputeOn("cpu");
    expect(first.terminated).toBe(true);
    expect(answer.states.at(-1)?.loaded).toBeUndefined();
    answer.worker().ready([MODEL]);
    expect(answer.states.at(-1)).toEqual({ models: [MODEL], loaded: undefined, engine: STATUS });
  });

  test("in the middle of an answer waits for its end", async () => {
    const answer = await onGpu();
    answer.host.setComputeOn("cpu");
    answer.tell(token("a", 1, 1));
    expect(answer.ons()).toEqual(["auto"]);
    answer.end(done("a"));
    expect(await answer.ending).toEqual(done("a"));
    expect(answer.ons()).toEqual(["auto", "cpu"]);
  });

  test("while the worker starts waits until it has", async () => {
    const all = setUp();
    const listing = all.host.models();
    all.host.setComputeOn("cpu");
    expect(all.ons()).toEqual(["auto"]);
    all.worker().ready([MODEL], undefined, ON_GPU);
    expect(await listing).toMatchObject({ engine: ON_GPU });
    expect(all.ons()).toEqual(["auto", "cpu"]);
  });
});
