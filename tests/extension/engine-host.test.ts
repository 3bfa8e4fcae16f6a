import { afterEach, expect, test, vi } from "vitest";
import { EngineHost, type HostOptions } from "../../extension/offscreen/engine-host";
import type { Ending, Progress } from "../../extension/protocol";
import { FakeWorker, GENERATE, loaded, model, STATUS, settle } from "./fakes";

const MODEL = model("m");
function setUp(options?: HostOptions) {
  const workers: FakeWorker[] = [];
  const states: unknown[] = [];
  const host = new EngineHost(
    () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    (state) => states.push(state),
    options,
  );
  return { host, workers, states, worker: () => workers.at(-1) as FakeWorker };
}

/** Starts `GENERATE` on a ready worker. */
async function running(host: EngineHost, worker: () => FakeWorker) {
  const progress: Progress[] = [];
  const ending = host.run(GENERATE, (p) => progress.push(p));
  worker().ready([MODEL]);
  await settle();
  return { ending, progress, job: worker().commands.at(-1)?.job ?? -1 };
}

const token: Progress = { type: "token", text: "a", tokens: 1 };
const done: Ending = { type: "done", result: null };

afterEach(() => void vi.useRealTimers());

test("the worker starts with the first need and serves one job after the other", async () => {
  const { host, workers, worker } = setUp();
  expect(workers).toHaveLength(0);
  for (const start of [true, false]) {
    const ending = host.run(GENERATE, () => {});
    if (start) worker().ready([MODEL]);
    await settle();
    const job = worker().commands.at(-1)?.job ?? -1;
    worker().report({ type: "ended", job, ending: done });
    expect(await ending).toEqual(done);
  }
  expect(workers).toHaveLength(1);
});

test("progress of another job is not this job's", async () => {
  const { host, worker } = setUp();
  const { ending, progress, job } = await running(host, worker);
  worker().report({ type: "progress", job: job + 1, progress: token });
  worker().report({ type: "ended", job: job + 1, ending: done });
  worker().report({ type: "progress", job, progress: token });
  worker().report({ type: "ended", job, ending: { type: "cancelled" } });
  expect(await ending).toEqual({ type: "cancelled" });
  expect(progress).toEqual([token]);
});

test("models are known without disturbing a job under way", async () => {
  const { host, worker, states } = setUp();
  const { ending, job } = await running(host, worker);
  expect(await host.models()).toEqual({ models: [MODEL], loaded: undefined, engine: STATUS });
  worker().report({ type: "state", models: [MODEL], loaded: loaded(MODEL), engine: STATUS });
  expect((await host.models()).loaded?.id).toBe("m");
  expect(states).toHaveLength(2);
  expect(worker().commands).toHaveLength(1);
  worker().report({ type: "ended", job, ending: done });
  await ending;
});

const deaths: [string, (worker: FakeWorker) => void][] = [
  [
    "reports a trap",
    (worker) => worker.report({ type: "fatal", error: { code: "engine_crashed", message: "unreachable" } }),
  ],
  ["throws outside any job", (worker) => worker.onerror?.({ message: "unreachable" })],
];
test.each(deaths)("a worker that %s is replaced, its job ends with engine_crashed, the next runs", async (_, die) => {
  const { host, workers, worker } = setUp();
  const { ending, job } = await running(host, worker);
  const first = worker();
  die(first);
  expect(await ending).toMatchObject({ type: "error", error: { code: "engine_crashed" } });
  expect(first.terminated).toBe(true);

  const next = await running(host, worker);
  expect(workers).toHaveLength(2);
  first.report({ type: "ended", job: next.job, ending: { type: "cancelled" } }); // a late word of the dead
  first.report({ type: "ended", job, ending: { type: "cancelled" } });
  worker().report({ type: "ended", job: next.job, ending: done });
  expect(await next.ending).toEqual(done);
});

test("a crash with a model loaded tells that none is loaded now", async () => {
  const { host, worker, states } = setUp();
  const { ending } = await running(host, worker);
  worker().ready([MODEL], loaded(MODEL));
  worker().onerror?.({ message: "unreachable" });
  await ending;
  expect(states.at(-1)).toEqual({ models: [MODEL], loaded: undefined, engine: STATUS });
});

test("a worker that does not start is an error for the job and for a listing, and is tried again", async () => {
  const { host, workers, worker } = setUp({ computeOn: "cpu" });
  const listing = host.models();
  const ending = host.run(GENERATE, () => {});
  worker().report({ type: "fatal", error: { code: "engine_failed", message: "no wasm" } });
  await expect(listing).rejects.toEqual({ code: "engine_failed", message: "no wasm" });
  expect(await ending).toEqual({ type: "error", error: { code: "engine_failed", message: "no wasm" } });
  const again = host.run(GENERATE, () => {});
  worker().onerror?.({ message: "not found" });
  expect(await again).toMatchObject({ type: "error", error: { code: "engine_failed" } });
  expect(workers).toHaveLength(2);
});

test("cancel reaches the worker once, and later tokens are dropped", async () => {
  const { host, worker } = setUp();
  const { ending, progress, job } = await running(host, worker);
  host.cancel();
  host.cancel();
  expect(worker().commands.slice(1)).toEqual([{ job, type: "cancel" }]);
  worker().report({ type: "progress", job, progress: token });
  worker().report({ type: "ended", job, ending: { type: "cancelled" } });
  expect(await ending).toEqual({ type: "cancelled" });
  expect(progress).toEqual([]);
});

test("a job cancelled while the worker starts never reaches it", async () => {
  const { host, worker } = setUp();
  const ending = host.run(GENERATE, () => {});
  host.cancel();
  worker().ready([MODEL]);
  expect(await ending).toEqual({ type: "cancelled" });
  expect(worker().commands).toEqual([]);
});

test("a worker that does not heed a cancel is replaced", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { host, workers, worker } = setUp();
  const { ending } = await running(host, worker);
  host.cancel();
  vi.advanceTimersByTime(60_000);
  expect(await ending).toEqual({ type: "cancelled" });
  expect(workers[0]?.terminated).toBe(true);
  const next = await running(host, worker);
  expect(workers).toHaveLength(2);
  worker().report({ type: "ended", job: next.job, ending: done });
  expect(await next.ending).toEqual(done);
});

test("a cancelled job that ends in time leaves the worker alone", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { host, worker } = setUp();
  const { ending, job } = await running(host, worker);
  host.cancel();
  worker().report({ type: "ended", job, ending: { type: "cancelled" } });
  await ending;
  vi.advanceTimersByTime(60_000);
  expect(worker().terminated).toBe(false);
});

test("a worker that nobody asks for anything is let go in time, and comes back", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { host, workers, worker } = setUp({ idleMs: 1000 });
  for (const [wait, ended] of [
    [900, false],
    [1100, true],
  ] as const) {
    const { ending, job } = await running(host, worker);
    vi.advanceTimersByTime(5000); // busy is not idle
    worker().report({ type: "ended", job, ending: done });
    await ending;
    vi.advanceTimersByTime(wait);
    expect(worker().terminated).toBe(ended);
  }
  expect(workers).toHaveLength(1);
  const { ending, job } = await running(host, worker);
  expect(workers).toHaveLength(2);
  worker().report({ type: "ended", job, ending: done });
  await ending;
});
