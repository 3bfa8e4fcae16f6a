import { afterEach, expect, test, vi } from "vitest";
import { call, EngineClient } from "../../extension/client";
import { ChordError } from "../../extension/errors";
import type { Progress } from "../../extension/protocol";
import { FakePort, SAMPLING, settle } from "./fakes";

const GENERATE = { type: "generate", modelId: "m", input: { kind: "text", prompt: "" }, sampling: SAMPLING } as const;

function setUp() {
  const ports: FakePort[] = [];
  const client = new EngineClient(async () => {
    const port = new FakePort();
    ports.push(port);
    return port;
  });
  return { client, ports, port: () => ports.at(-1) as FakePort };
}

afterEach(() => vi.unstubAllGlobals());

test("a request is sent once and ends with its result", async () => {
  const { client, port } = setUp();
  const running = client.request({ type: "models" });
  await settle();
  expect(port().sent).toEqual([{ id: running.id, type: "models" }]);
  port().receive({ id: running.id, seq: 0, type: "done", result: { models: [] } });
  expect(await running.ending).toMatchObject({ type: "done", result: { models: [] } });
});

test("events go to their own request, in order, and none after the ending", async () => {
  const { client, port } = setUp();
  const first: Progress[] = [];
  const second: Progress[] = [];
  const a = client.request(GENERATE, (progress) => first.push(progress));
  const b = client.request(GENERATE, (progress) => second.push(progress));
  await settle();
  port().receive({ id: a.id, seq: 0, type: "token", text: "a", tokens: 1 });
  port().receive({ id: b.id, seq: 0, type: "token", text: "b", tokens: 1 });
  port().receive({ id: a.id, seq: 0, type: "token", text: "twice", tokens: 1 });
  port().receive({ id: a.id, seq: 1, type: "cancelled" });
  port().receive({ id: a.id, seq: 2, type: "token", text: "late", tokens: 2 });
  expect(first.map((p) => p.type === "token" && p.text)).toEqual(["a"]);
  expect(second.map((p) => p.type === "token" && p.text)).toEqual(["b"]);
  expect(await a.ending).toMatchObject({ type: "cancelled" });
});

test("what is not an event is passed over", async () => {
  const { client, port } = setUp();
  const running = client.request({ type: "models" });
  await settle();
  for (const bad of [null, "x", { id: running.id }, { id: "other", seq: 0, type: "done" }]) port().receive(bad);
  port().receive({ id: running.id, seq: 0, type: "done", result: { models: [] } });
  expect(await running.ending).toMatchObject({ type: "done" });
});

test("cancel is sent once, and the engine's word ends the request", async () => {
  const { client, port } = setUp();
  const running = client.request(GENERATE);
  await settle();
  running.cancel();
  running.cancel();
  await settle();
  expect(port().sent.slice(1)).toEqual([{ id: running.id, type: "cancel" }]);
  port().receive({ id: running.id, seq: 0, type: "cancelled" });
  expect(await running.ending).toMatchObject({ type: "cancelled" });
});

test("a request cancelled before the port is open is never sent", async () => {
  const { client, port } = setUp();
  const running = client.request(GENERATE);
  running.cancel();
  expect(await running.ending).toEqual({ type: "cancelled" });
  expect(port().sent).toEqual([]);
});

test("a lost port ends all that is under way, and the next request opens another", async () => {
  const { client, ports, port } = setUp();
  const a = client.request(GENERATE);
  const b = client.request({ type: "models" });
  await settle();
  port().drop();
  for (const running of [a, b])
    expect(await running.ending).toMatchObject({ type: "error", error: { code: "engine_lost" } });
  const again = client.request({ type: "models" });
  await settle();
  expect(ports).toHaveLength(2);
  port().receive({ id: again.id, seq: 0, type: "done", result: { models: [] } });
  expect(await again.ending).toMatchObject({ type: "done" });
});

test("a port that closed unnoticed ends the request instead of throwing", async () => {
  const { client, port } = setUp();
  const first = client.request({ type: "models" });
  await settle();
  port().closed = true;
  const second = client.request(GENERATE);
  for (const running of [first, second]) {
    expect(await running.ending).toMatchObject({ type: "error", error: { code: "engine_lost" } });
  }
});

test("an engine that cannot be reached is an error with its code, and is tried anew by the next request", async () => {
  let attempts = 0;
  const client = new EngineClient(async () => {
    attempts += 1;
    throw new ChordError("engine_failed", "no offscreen document");
  });
  for (const expected of [1, 2]) {
    const ending = await client.request({ type: "models" }).ending;
    expect(ending).toEqual({ type: "error", error: { code: "engine_failed", message: "no offscreen document" } });
    expect(attempts).toBe(expected);
  }
});

test("in a page left behind by a reloaded extension, the error says so", async () => {
  const { client, port } = setUp();
  const running = client.request(GENERATE);
  await settle();
  vi.stubGlobal("chrome", { runtime: {} });
  port().drop();
  expect(await running.ending).toMatchObject({ type: "error", error: { code: "extension_reloaded" } });
  await expect(call({ type: "engine.ensure" })).rejects.toMatchObject({ code: "extension_reloaded" });
});

test("a service worker that dies before it answers is asked once more", async () => {
  const sendMessage = vi.fn();
  vi.stubGlobal("chrome", { runtime: { id: "x", sendMessage } });
  sendMessage.mockRejectedValueOnce(new Error("The message port closed before a response was received."));
  sendMessage.mockResolvedValueOnce({ ok: true, value: 5 });
  expect(await call<number>({ type: "settings.read" })).toBe(5);
  sendMessage.mockRejectedValue(new Error("gone"));
  await expect(call({ type: "settings.read" })).rejects.toMatchObject({ code: "engine_lost" });
  expect(sendMessage).toHaveBeenCalledTimes(4);
});

test("the service worker's refusal arrives with its code", async () => {
  vi.stubGlobal("chrome", {
    runtime: { id: "x", sendMessage: async () => ({ ok: false, error: { code: "not_allowed", message: "" } }) },
  });
  await expect(call({ type: "options.open" })).rejects.toMatchObject({ code: "not_allowed" });
});

test("closing the client closes the port and ends what is under way", async () => {
  const { client, port } = setUp();
  const running = client.request(GENERATE);
  await settle();
  client.close();
  expect(await running.ending).toEqual({ type: "cancelled" });
  await settle();
  expect(port().closed).toBe(true);
});
