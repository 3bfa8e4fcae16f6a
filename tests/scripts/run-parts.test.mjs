import assert from "node:assert/strict";
import { test } from "node:test";
import { runParts } from "../../scripts/lib/run-parts.mjs";

const PASSED = { passed: 1, failed: 0, skipped: 0 };

/** Parts that end when `end` says so, and what happened to them, in order. */
function fakes(...orders) {
  const events = [];
  const ends = new Map();
  const parts = Object.entries(Object.assign({}, ...orders)).map(([name, order]) => ({
    name,
    title: name,
    ...(order && { order }),
    run: async (output) => {
      events.push(`${name} ${output}`);
      await new Promise((resolve) => ends.set(name, resolve));
      events.push(`${name} over`);
      return { ...PASSED, text: `the words of ${name}\n` };
    },
  }));
  const end = async (name) => {
    ends.get(name)();
    await new Promise((resolve) => setImmediate(resolve)); // what waits for it goes on
  };
  return { parts, events, end };
}

test("parts take turns, and what goes aside is beside those that follow, but for one that is alone", async (t) => {
  const printed = [];
  t.mock.method(console, "log", (line) => printed.push(line.trim()));
  const { parts, events, end } = fakes({ a: "", b: "aside", c: "aside", d: "", e: "", f: "alone" });
  const running = runParts(parts);
  assert.deepEqual(events.splice(0), ["a show"]);
  await end("a");
  assert.deepEqual(events.splice(0), ["a over", "d show", "b hide"]);
  await end("b");
  assert.deepEqual(events.splice(0), ["b over", "c hide"], "those aside take turns, too");
  assert.equal(printed.includes("the words of b"), false, "not in the middle of another's");
  await end("d");
  assert.deepEqual(events.splice(0), ["d over", "e show"]);
  assert.deepEqual(printed.splice(0), ["== a", "== d", "== b", "the words of b", "== e"]);
  await end("e");
  assert.deepEqual(events.splice(0), ["e over"], "the one that is alone waits");
  await end("c");
  assert.deepEqual(events.splice(0), ["c over", "f show"]);
  assert.deepEqual(printed.splice(0), ["Waiting for: c", "== c", "the words of c", "== f"]);
  await end("f");
  const results = await running;
  assert.deepEqual(
    results.map(({ name, passed }) => `${name} ${passed}`),
    ["a 1", "b 1", "c 1", "d 1", "e 1", "f 1"],
  );
});

test("what has nothing to be beside is shown as it comes", async (t) => {
  t.mock.method(console, "log", () => {});
  const { parts, events, end } = fakes({ a: "aside", b: "alone" });
  const running = runParts(parts);
  assert.deepEqual(events, ["a show"]);
  await end("a");
  assert.deepEqual(events, ["a show", "a over", "b show"]);
  await end("b");
  await running;
});

test("a part aside that cannot run ends the run, once the one beside it is over", async (t) => {
  t.mock.method(console, "log", () => {});
  const { parts, end } = fakes({ a: "" });
  const broken = { name: "broken", title: "", order: "aside", run: () => Promise.reject(new Error("no browser")) };
  const rejected = assert.rejects(runParts([broken, ...parts]), /no browser/);
  await end("a");
  await rejected;
});
