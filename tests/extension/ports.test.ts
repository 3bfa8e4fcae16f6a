import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptAnswers } from "../../extension/offscreen/kept";
import { servePort } from "../../extension/offscreen/ports";
import { JobQueue, type Runner } from "../../extension/offscreen/queue";
import type { Ending, EngineEvent, Progress, Request } from "../../extension/protocol";
import type { Sender } from "../../extension/senders";
import { CONTENT, FakePort, ID, ORIGIN, PAGE, SAMPLING, STATUS, settle } from "./fakes";

class Steered implements Runner {
  request: Request | null = null;
  onProgress: (progress: Progress) => void = () => {};
  end: (ending: Ending) => void = () => {};
  cancels = 0;
  run(request: Request, onProgress: (progress: Progress) => void): Promise<Ending> {
    this.request = request;
    this.onProgress = onProgress;
    return new Promise((resolve) => {
      this.end = resolve;
    });
  }
  cancel(): void {
    this.cancels += 1;
    this.end({ type: "cancelled" });
  }
}

function setUp() {
  const runner = new Steered();
  const queue = new JobQueue(runner);
  const kept = new KeptAnswers(queue);
  const open = (sender: Sender) => {
    const port = new FakePort(sender);
    servePort(port, queue, kept, async () => ({ models: [], loaded: undefined, engine: STATUS }), {
      extensionId: ID,
      origin: ORIGIN,
    });
    return port;
  };
  return { runner, open };
}

const generate = (id: string) => ({
  id,
  type: "generate",
  modelId: "m",
  input: { kind: "text", prompt: "" },
  sampling: SAMPLING,
});
const events = (port: FakePort, id: string) => (port.sent as EngineEvent[]).filter((event) => event.id === id);
const token = (text: string, tokens: number): Progress => ({ type: "token", text, tokens });

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("an answer: events numbered from 0, tokens that come together joined, one ending", async () => {
  const { runner, open } = setUp();
  const port = open(PAGE);
  port.receive(generate("1"));
  runner.onProgress({ type: "prefill", done: 0, total: 2 });
  runner.onProgress(token("a", 1));
  runner.onProgress(token("b", 2));
  runner.onProgress(token("c", 3));
  vi.advanceTimersByTime(50);
  runner.onProgress(token("d", 4));
  runner.end({ type: "done", result: null });
  await settle();
  const heard = events(port, "1");
  expect(heard.map((event) => event.seq)).toEqual(heard.map((_, i) => i));
  expect(heard.map((event) => event.type)).toEqual(["started", "prefill", "token", "token", "token", "done"]);
  const texts = heard.flatMap((event) => (event.type === "token" ? [event.text] : []));
  expect(texts).toEqual(["a", "bc", "d"]);
});

test("a listing waits for nobody's answer", async () => {
  const { open } = setUp();
  const port = open(CONTENT);
  port.receive(generate("1"));
  port.receive({ id: "2", type: "models" });
  await settle();
  expect(events(port, "2")).toEqual([{ id: "2", seq: 0, type: "done", result: { models: [], engine: STATUS } }]);
});

test("what cannot be read is refused, with an ending where there is an id for it", async () => {
  const { runner, open } = setUp();
  const port = open(PAGE);
  for (const bad of [null, 1, {}, { type: "models" }]) port.receive(bad);
  expect(port.sent).toEqual([]);
  port.receive({ id: "1", type: "erase everything" });
  expect(events(port, "1")).toMatchObject([{ seq: 0, type: "error", error: { code: "bad_request" } }]);
  expect(runner.request).toBeNull();
});

test("a content script may not add or delete models", () => {
  const { runner, open } = setUp();
  const port = open(CONTENT);
  port.receive({ id: "1", type: "delete", modelId: "m" });
  port.receive({ id: "2", type: "import", name: "m" });
  for (const id of ["1", "2"])
    expect(events(port, id)).toMatchObject([{ type: "error", error: { code: "not_allowed" } }]);
  expect(runner.request).toBeNull();
});

test("a stranger's port is closed and not listened to", () => {
  const { runner, open } = setUp();
  const port = open({ ...PAGE, id: "someone-else" });
  expect(port.closed).toBe(true);
  port.receive(generate("1"));
  expect(runner.request).toBeNull();
});

test("a port that closes cancels what it asked for, and nothing is sent to it any more", async () => {
  const { runner, open } = setUp();
  const gone = open(PAGE);
  const other = open(CONTENT);
  gone.receive(generate("1"));
  other.receive(generate("1"));
  gone.drop();
  expect(runner.cancels).toBe(1);
  await settle();
  runner.onProgress(token("for the other", 1));
  runner.end({ type: "done", result: null });
  await settle();
  expect(events(other, "1").map((event) => event.type)).toEqual(["queued", "started", "token", "done"]);
});

test("the same id twice at once is one request", async () => {
  const { runner, open } = setUp();
  const port = open(PAGE);
  port.receive(generate("1"));
  port.receive(generate("1"));
  runner.end({ type: "done", result: null });
  await settle();
  expect(events(port, "1").map((event) => event.type)).toEqual(["started", "done"]);
});

test("a cancel from one surface does not touch the other's request of the same id", () => {
  const { runner, open } = setUp();
  open(PAGE).receive(generate("1"));
  open(CONTENT).receive({ id: "1", type: "cancel" });
  expect(runner.cancels).toBe(0);
});

const follow = (id: string, answer: string) => ({ id, type: "follow", answer });
const ending: Ending = { type: "done", result: null };

test("a kept answer goes on without its page; who follows it hears all of it", async () => {
  const { runner, open } = setUp();
  const first = open(PAGE);
  first.receive({ ...generate("1"), keep: true });
  runner.onProgress({ type: "prefill", done: 2, total: 2 });
  runner.onProgress(token("a", 1));
  first.drop();
  expect(runner.cancels).toBe(0);
  runner.onProgress(token("b", 2));

  const second = open(PAGE);
  second.receive(follow("2", "1"));
  vi.advanceTimersByTime(50);
  runner.onProgress(token("c", 3));
  runner.end(ending);
  await settle();
  const heard = events(second, "2");
  expect(heard.map((event) => event.type)).toEqual(["prefill", "token", "token", "done"]);
  expect(heard.flatMap((event) => (event.type === "token" ? [event.text] : []))).toEqual(["ab", "c"]);
});

test("a kept answer that went on without its GPU says so to whoever follows it, before its text", async () => {
  const { runner, open } = setUp();
  const first = open(PAGE);
  first.receive({ ...generate("1"), keep: true });
  runner.onProgress(token("a", 1));
  runner.onProgress(token("b", 2));
  runner.onProgress({ type: "gpuFailed", code: "out_of_memory" });
  runner.onProgress({ type: "prefill", done: 2, total: 2 });
  runner.onProgress(token("c", 3));
  const heard = events(first, "1").map((event) => (event.type === "token" ? event.text : event.type));
  expect(heard, "in the order in which it happened").toEqual(["started", "a", "b", "gpuFailed", "prefill", "c"]);
  first.drop();
  const second = open(PAGE);
  second.receive(follow("2", "1"));
  expect(events(second, "2")).toMatchObject([
    { type: "gpuFailed", code: "out_of_memory", seq: 0 },
    { type: "prefill", seq: 1 },
    { type: "token", text: "abc", seq: 2 },
  ]);
});

test("a kept answer that ended unheard is there for one who comes later, once", async () => {
  const { runner, open } = setUp();
  const first = open(PAGE);
  first.receive({ ...generate("1"), keep: true });
  first.drop();
  runner.onProgress(token("all", 1));
  runner.end(ending);
  await settle();
  const second = open(PAGE);
  second.receive(follow("2", "1"));
  expect(events(second, "2").map((event) => event.type)).toEqual(["started", "token", "done"]);
  second.receive(follow("3", "1"));
  expect(events(second, "3")).toMatchObject([{ type: "error", error: { code: "answer_lost" } }]);
});

test("who follows an answer can stop it; leaving does not", async () => {
  const { runner, open } = setUp();
  const first = open(PAGE);
  first.receive({ ...generate("1"), keep: true });
  const second = open(PAGE);
  second.receive(follow("2", "1"));
  first.drop();
  expect(runner.cancels).toBe(0);
  second.receive({ id: "2", type: "cancel" });
  await settle();
  expect(runner.cancels).toBe(1);
  expect(events(second, "2").at(-1)?.type).toBe("cancelled");
});

test("a content script's answers end with its page, whatever it asks for, and it follows none", async () => {
  const { runner, open } = setUp();
  const page = open(CONTENT);
  page.receive({ ...generate("1"), keep: true });
  page.receive(follow("2", "1"));
  expect(events(page, "2")).toMatchObject([{ type: "error", error: { code: "not_allowed" } }]);
  page.drop();
  expect(runner.cancels).toBe(1);
});
