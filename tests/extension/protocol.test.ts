import { describe, expect, test } from "vitest";
import { panelHash, parseInvitation, parsePanelHash } from "../../extension/page-messages";
import { engineRequest, parseCall, parseClientMessage, parseEvent, parsePing } from "../../extension/protocol";
import { SAMPLING } from "./fakes";

const generate = {
  id: "1",
  type: "generate",
  modelId: "m",
  input: { kind: "text", prompt: "" },
  sampling: SAMPLING,
};

describe("what a surface may send", () => {
  const sound = [
    { id: "1", type: "models" },
    { id: "1", type: "import", name: "stories" },
    { id: "1", type: "delete", modelId: "m" },
    generate,
    { ...generate, input: { kind: "chat", messages: [{ role: "user", content: "Hello" }] } },
    { id: "1", type: "cancel" },
  ];
  test.each(sound)("%j is understood", (message) => {
    expect(parseClientMessage(message)).toEqual(message);
  });

  const unsound = [
    null,
    "models",
    {},
    { type: "models" },
    { id: "", type: "models" },
    { id: 1, type: "models" },
    { id: "x".repeat(65), type: "models" },
    { id: "1", type: "eval" },
    { id: "1", type: "models", extra: true },
    { id: "1", type: "delete" },
    { ...generate, modelId: undefined },
    { ...generate, input: { kind: "text" } },
    { ...generate, input: { kind: "text", prompt: "a", messages: [] } },
    { ...generate, input: { kind: "chat", messages: [{ role: "tool", content: "" }] } },
    { ...generate, input: { kind: "text", prompt: "x".repeat(4 * 1024 * 1024 + 1) } },
    { ...generate, sampling: { ...SAMPLING, temperature: Number.NaN } },
    { ...generate, sampling: { ...SAMPLING, temperature: -1 } },
    { ...generate, sampling: { ...SAMPLING, maxTokens: 0 } },
    { ...generate, sampling: { ...SAMPLING, maxTokens: 1.5 } },
    { ...generate, sampling: { ...SAMPLING, topP: 2 } },
    { ...generate, sampling: {} },
  ];
  test.each(unsound.map((message) => [JSON.stringify(message)?.slice(0, 90), message]))(
    "%s is refused",
    (_, message) => {
      expect(parseClientMessage(message)).toBeNull();
    },
  );
});

test("calls to the service worker", () => {
  expect(parseCall({ type: "engine.ensure" })).toEqual({ type: "engine.ensure" });
  for (const bad of [undefined, 3, {}, { type: "engine.stop" }, { type: "engine.ensure", url: "x" }]) {
    expect(parseCall(bad)).toBeNull();
  }
});

test("events need an id, a whole number and a known type", () => {
  const token = { id: "1", seq: 0, type: "token", text: "a", tokens: 1 };
  expect(parseEvent(token)).toEqual(token);
  for (const bad of [
    null,
    {},
    { ...token, id: 1 },
    { ...token, seq: "0" },
    { ...token, seq: 0.5 },
    { ...token, type: "x" },
  ]) {
    expect(parseEvent(bad)).toBeNull();
  }
});

test("invitations name one of the actions, or none", () => {
  const invitation = { type: "assistant.open", action: "rewrite", text: "", frameId: 0 };
  expect(parseInvitation(invitation)).toEqual(invitation);
  expect(parseInvitation({ ...invitation, action: null })).toEqual({ ...invitation, action: null });
  for (const bad of [
    null,
    {},
    { ...invitation, action: "erase" },
    { ...invitation, text: 1 },
    { ...invitation, frameId: "0" },
    { ...invitation, type: "x" },
  ]) {
    expect(parseInvitation(bad)).toBeNull();
  }
});

test("a panel's address tells its frame and its nonce, or nothing", () => {
  expect(parsePanelHash(panelHash("a-1-z", 12))).toEqual({ nonce: "a-1-z", frameId: 12 });
  for (const bad of ["", "#", "#12", "#12.", "#.a", "#-1.a", "#1.a.b", "#1.a b"])
    expect(parsePanelHash(bad)).toBeNull();
});

test("the engine gets a prompt or messages, never both", () => {
  expect(engineRequest({ kind: "text", prompt: "" }, SAMPLING)).toEqual({ prompt: "", ...SAMPLING });
  const messages = [{ role: "user" as const, content: "Hi" }];
  expect(engineRequest({ kind: "chat", messages }, SAMPLING)).toEqual({ messages, ...SAMPLING });
});

test("a ping brings along where models are to run", () => {
  const ping = { type: "offscreen.ping", computeOn: "gpu", retryGpu: false };
  expect(parsePing(ping)).toEqual(ping);
  for (const bad of [
    null,
    {},
    { type: "offscreen.ping" },
    { ...ping, computeOn: "x" },
    { ...ping, retryGpu: 1 },
    { ...ping, more: 1 },
  ])
    expect(parsePing(bad)).toBeNull();
});
