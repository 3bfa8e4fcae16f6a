// What the panel and the summary say at an answer that went on without its GPU: one sentence, and it stays.
import { beforeEach, expect, test, vi } from "vitest";
import type { EngineClient, RequestBody } from "../../extension/client";
import { startTask, type TaskView } from "../../extension/panel/task";
import type { Ending, Progress, Results } from "../../extension/protocol";
import type { PageText } from "../../extension/reading/messages";
import { EMPTY, PanelSession, type PanelView } from "../../extension/sidepanel/session";
import type { PageTab } from "../../extension/sidepanel/tab";
import { model, RESULT, STATUS, settle } from "./fakes";
import { i18n } from "./messages";

const NOTE = "The graphics card stopped answering, so the processor took over.";
const FAILED: Progress = { type: "gpuFailed", code: "device_lost" };
const token = (text: string): Progress => ({ type: "token", text, tokens: 1 });
const done = (text: string): Ending => ({ type: "done", result: { ...RESULT, text, firstTokenMs: 0 } });

beforeEach(() => {
  vi.stubGlobal("chrome", {
    i18n,
    runtime: { id: "x", sendMessage: async () => ({ ok: true, value: { modelId: "m", sampling: {} } }) },
    storage: { local: { get: async () => ({}) } },
  });
});

/** An engine with one model; a test says what becomes of the answer. */
function setUp() {
  const models: Results["models"] = { models: [model("m")], loaded: undefined, engine: STATUS };
  let tell: (progress: Progress) => void = () => {};
  let end: (ending: Ending) => void = () => {};
  const request = (body: RequestBody, onProgress: (progress: Progress) => void = () => {}) => {
    const ending = new Promise<Ending>((resolve) => {
      if (body.type === "models") resolve({ type: "done", result: models });
      if (body.type === "generate") [tell, end] = [onProgress, resolve];
    });
    return { id: "1", ending, cancel: () => {} };
  };
  return {
    client: { request } as unknown as EngineClient,
    tell: (...all: Progress[]) => all.forEach((one) => void tell(one)),
    end: async (ending: Ending) => {
      end(ending);
      await settle();
    },
  };
}

for (const [how, ending, notes] of [
  ["is finished", done("Hello"), [NOTE]],
  ["is stopped", { type: "cancelled" }, [NOTE, "Stopped."]],
] as const) {
  test(`the panel says it at once, and still when the answer ${how}`, async () => {
    const { client, tell, end } = setUp();
    let view: TaskView | undefined;
    startTask(client, { kind: "action", action: "explain", language: "English" }, "A passage.", (now) => {
      view = now;
    });
    await settle();
    tell(token("Hel"), FAILED);
    expect(view).toMatchObject({ text: "Hel", notes: [NOTE], announcement: NOTE });
    tell({ type: "prefill", done: 1, total: 2 }, token("lo"));
    expect(view).toMatchObject({ text: "Hello", notes: [NOTE] });
    await end(ending);
    expect(view?.notes).toEqual(notes);
  });
}

test("a written summary says it at once, and still when it is over", async () => {
  const { client, tell, end } = setUp();
  let view: PanelView = EMPTY;
  const page: PageText = {
    reading: 1,
    url: "https://a.test/",
    title: "Lamps",
    site: "a.test",
    lang: "en",
    found: true,
    cut: false,
    paragraphs: [{ text: "Lamps of old burned oil. They were dim.", kind: "text", links: 0 }],
  };
  const tab = { read: async () => page } as PageTab;
  const session = new PanelSession(client, tab, (now) => {
    view = now;
  });
  void session.summarize({ kind: "points", length: "short", written: true });
  await settle();
  tell(token("- Lamps burned"), FAILED);
  expect(view.summary).toMatchObject({ state: "running", gpuFailed: "device_lost" });
  tell({ type: "prefill", done: 1, total: 2 }, token(" oil [1]"));
  expect(view.summary).toMatchObject({ state: "running", gpuFailed: "device_lost", points: [{}] });
  await end(done("- Lamps burned oil [1]"));
  expect(view.summary).toMatchObject({ state: "done", gpuFailed: "device_lost", note: null });
});
