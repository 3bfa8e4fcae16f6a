import { expect, test } from "vitest";
import { type Job, JobQueue, type Runner } from "../../extension/offscreen/queue";
import type { Ending, Progress, Request } from "../../extension/protocol";
import { SAMPLING, settle } from "./fakes";

/** Runs what it is given until told how it ends. */
class FakeRunner implements Runner {
  readonly started: string[] = [];
  cancels = 0;
  onProgress: (progress: Progress) => void = () => {};
  #end: ((ending: Ending) => void) | null = null;
  #fail: ((error: Error) => void) | null = null;

  run(request: Request, onProgress: (progress: Progress) => void): Promise<Ending> {
    expect(this.#end).toBeNull(); // never two at once
    this.started.push(request.id);
    this.onProgress = onProgress;
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
  }

  cancel(): void {
    this.cancels += 1;
  }

  async end(ending: Ending): Promise<void> {
    const end = this.#end;
    this.#end = null;
    end?.(ending);
    await settle();
  }

  async fail(error: Error): Promise<void> {
    this.#end = null;
    this.#fail?.(error);
    await settle();
  }
}

function setUp() {
  const runner = new FakeRunner();
  const queue = new JobQueue(runner);
  const add = (id: string, owner: object) => {
    const heard = { progress: [] as Progress[], endings: [] as Ending[] };
    const request: Request = {
      id,
      type: "generate",
      modelId: "m",
      input: { kind: "text", prompt: "" },
      sampling: SAMPLING,
    };
    const job: Job = {
      owner,
      request,
      onProgress: (progress) => heard.progress.push(progress),
      onEnding: (ending) => heard.endings.push(ending),
    };
    queue.add(job);
    return heard;
  };
  return { runner, queue, add };
}

const DONE: Ending = { type: "done", result: null };
const CANCELLED: Ending = { type: "cancelled" };
const popup = {};
const panel = {};

test("jobs run one at a time, in the order they came, and each hears its place", async () => {
  const { runner, add } = setUp();
  const a = add("a", popup);
  const b = add("b", panel);
  const c = add("c", popup);
  expect(runner.started).toEqual(["a"]);
  expect(a.progress).toEqual([{ type: "started" }]);
  expect(c.progress).toEqual([{ type: "queued", ahead: 2 }]);
  await runner.end(DONE);
  expect(runner.started).toEqual(["a", "b"]);
  expect(b.progress.at(-1)).toEqual({ type: "started" });
  expect(c.progress.at(-1)).toEqual({ type: "queued", ahead: 1 });
  await runner.end(DONE);
  await runner.end(DONE);
  expect([a, b, c].map((job) => job.endings)).toEqual([[DONE], [DONE], [DONE]]);
});

test("cancelling a waiting job ends it at once and leaves the running one alone", async () => {
  const { runner, queue, add } = setUp();
  const a = add("a", popup);
  const b = add("b", popup);
  const c = add("c", popup);
  queue.cancel(popup, "b");
  expect(b.endings).toEqual([CANCELLED]);
  expect(runner.cancels).toBe(0);
  expect(c.progress.at(-1)).toEqual({ type: "queued", ahead: 1 });
  await runner.end(DONE);
  expect(a.endings).toEqual([DONE]);
  expect(runner.started).toEqual(["a", "c"]);
});

test("cancelling the running job asks the runner, whose word ends it", async () => {
  const { runner, queue, add } = setUp();
  const a = add("a", popup);
  queue.cancel(popup, "a");
  expect(runner.cancels).toBe(1);
  expect(a.endings).toEqual([]);
  await runner.end(CANCELLED);
  expect(a.endings).toEqual([CANCELLED]);
});

test("an id belongs to its owner: another's cancel does nothing", () => {
  const { runner, queue, add } = setUp();
  add("1", popup);
  const waiting = add("1", panel);
  queue.cancel({}, "1");
  queue.cancel(panel, "2");
  expect(runner.cancels).toBe(0);
  expect(waiting.endings).toEqual([]);
});

test("a surface that goes takes its jobs along and no others", async () => {
  const { runner, queue, add } = setUp();
  const a = add("a", popup);
  const b = add("b", panel);
  const c = add("c", popup);
  queue.dropOwner(popup);
  expect(c.endings).toEqual([CANCELLED]);
  expect(runner.cancels).toBe(1);
  await runner.end(CANCELLED);
  expect(a.endings).toEqual([CANCELLED]);
  expect(runner.started).toEqual(["a", "b"]);
  await runner.end(DONE);
  expect(b.endings).toEqual([DONE]);
});

test("a crash ends its own job and the queue goes on", async () => {
  const { runner, add } = setUp();
  const a = add("a", popup);
  const b = add("b", panel);
  await runner.end({ type: "error", error: { code: "engine_crashed", message: "" } });
  expect(a.endings).toMatchObject([{ type: "error", error: { code: "engine_crashed" } }]);
  await runner.fail(new Error("a fault in the runner itself"));
  expect(b.endings).toMatchObject([{ type: "error", error: { code: "internal" } }]);
  const c = add("c", popup);
  await runner.end(DONE);
  expect(c.endings).toEqual([DONE]);
});
