import { expect, test } from "vitest";
import { openStore, type SavedConversation } from "../../extension/popup/conversations/store";
import {
  fileName,
  fromJson,
  matching,
  titleOf,
  toJson,
  toMarkdown,
} from "../../extension/popup/conversations/transfer";

const exchange = (id: number, question: string, answer: string) => ({
  id,
  question,
  page: null,
  answer,
  state: "done" as const,
  model: "SmolLM2",
  speed: "",
  context: null,
  note: null,
  gpuFailed: null,
  error: null,
  request: null,
});
const conversation = (id: string, ...exchanges: ReturnType<typeof exchange>[]): SavedConversation => ({
  id,
  name: "",
  createdAt: 1,
  updatedAt: exchanges.at(-1)?.id ?? 1,
  exchanges,
});
const LIGHTHOUSES = conversation("a", exchange(1, "Why do lighthouses blink?\nI wonder.", "To tell them apart."));
const TEA = conversation("b", exchange(2, "How hot should tea be?", "As hot as you like."));

test("a conversation goes by its name, else by its first question's first line", () => {
  expect(titleOf(LIGHTHOUSES)).toBe("Why do lighthouses blink?");
  expect(titleOf({ ...LIGHTHOUSES, name: "Towers" })).toBe("Towers");
  expect(titleOf(conversation("c"))).toBe("New conversation");
  expect(titleOf(conversation("c", exchange(1, "x".repeat(200), ""))).length).toBeLessThan(100);
});

test("a search finds the conversations that have all of its words, in any case", () => {
  const all = [LIGHTHOUSES, TEA];
  expect(matching(all, "")).toEqual(all);
  expect(matching(all, "tell BLINK")).toEqual([LIGHTHOUSES]);
  expect(matching(all, "tell tea")).toEqual([]);
});

test("what is written as JSON is read again; an answer under way ends there", () => {
  const first = { ...exchange(1, "Hi", "Hel"), state: "streaming" as const, request: "r1" };
  const running = { ...TEA, exchanges: [first] };
  const [tea, ended] = fromJson(toJson([TEA, running])) ?? [];
  expect(tea).toEqual(TEA);
  expect(ended?.exchanges[0]).toMatchObject({ state: "stopped", answer: "Hel", request: null });
});

test("a page goes with its conversation, into files and searches; one from before there were pages has none", () => {
  const page = { title: "Lamps of old", url: "https://a.test/", text: "One two", words: 2, cut: true };
  const about = conversation("p", { ...exchange(1, "What?", "Lamps."), page: page as never });
  expect(fromJson(toJson([about]))?.[0]?.exchanges[0]?.page).toEqual(page);
  expect(toMarkdown(about)).toContain("> *Lamps of old · only its first 2 words fit* <https://a.test/>");
  expect(matching([about, TEA], "lamps old")).toEqual([about]);
  const { page: _, context: __, ...old } = exchange(1, "Hi", "Hello");
  expect(fromJson(toJson([{ ...TEA, exchanges: [old as never] }]))?.[0]?.exchanges[0]?.page).toBeNull();
});

test("anything else is not taken for conversations", () => {
  for (const text of ["", "{}", "[]", '{"format":"chord-conversations-1","conversations":[{}]}', "GGUF"])
    expect(fromJson(text), text).toBeNull();
  for (const updatedAt of [-1, 1e300]) expect(fromJson(toJson([{ ...TEA, updatedAt }])), `${updatedAt}`).toBeNull();
});

test("Markdown has the questions quoted, and who answered", () => {
  expect(toMarkdown(LIGHTHOUSES)).toBe(
    "# Why do lighthouses blink?\n\n> Why do lighthouses blink?\n> I wonder.\n\nTo tell them apart.\n\n*SmolLM2*\n",
  );
});

test("a file's name has nothing that a file system minds", () => {
  expect(fileName('a/b: "c" ? <d>', "md")).toBe("a b c d.md");
  expect(fileName("???", "json")).toBe("conversation.json");
});

test("an incognito window keeps its conversations to itself, the one changed last first", async () => {
  const store = openStore(true);
  await store.put(LIGHTHOUSES);
  await store.put(TEA);
  expect((await store.all()).map(({ id }) => id)).toEqual(["b", "a"]);
  await store.remove("b");
  expect([await store.get("b"), await store.get("a")]).toEqual([undefined, LIGHTHOUSES]);
  expect(await openStore(true).all()).toEqual([]);
});
