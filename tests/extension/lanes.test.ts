import { expect, test } from "vitest";
import { AtOnce, Lanes } from "../../extension/offscreen/lanes";
import { JobQueue, type Runner } from "../../extension/offscreen/queue";
import type { Ending, Work } from "../../extension/protocol";
import { SAMPLING, settle } from "./fakes";

/** Never done until told. */
class Slow implements Runner {
  readonly ran: string[] = [];
  cancelled = 0;
  #end: ((ending: Ending) => void) | null = null;
  run(request: Work): Promise<Ending> {
    this.ran.push(request.id);
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }
  cancel(): void {
    this.cancelled += 1;
    this.#end?.({ type: "cancelled" });
  }
}

const GENERATE: Work = {
  id: "g",
  type: "generate",
  modelId: "m",
  input: { kind: "text", prompt: "" },
  sampling: SAMPLING,
};
const EMBED: Work = { id: "e", type: "embed", texts: ["a"] };

function setUp() {
  const [engine, embedder, store] = [new Slow(), new Slow(), new Slow()];
  const asked: string[] = [];
  const ask = (request: Work) => {
    asked.push(request.id);
    return { ending: new Promise<Ending>(() => {}), cancel: () => {} };
  };
  const lanes = new Lanes({
    engine: new JobQueue(engine),
    embedder: new JobQueue(embedder),
    store: new JobQueue(store),
    steering: new AtOnce({ ask }),
  });
  const endings: string[] = [];
  const add = (owner: object, request: Work) =>
    lanes.add({ owner, request, onProgress: () => {}, onEnding: ({ type }) => endings.push(`${request.id} ${type}`) });
  return { engine, embedder, store, asked, lanes, add, endings };
}

test("texts are embedded while an answer is under way", () => {
  const { engine, embedder, add } = setUp();
  const owner = {};
  for (const request of [GENERATE, EMBED]) add(owner, request);
  expect([engine.ran, embedder.ran]).toEqual([["g"], ["e"]]);
});

test("imports wait for each other and for nobody else, and what is over in a moment waits for nobody", () => {
  const { engine, store, asked, add } = setUp();
  const owner = {};
  add(owner, GENERATE);
  for (const id of ["i1", "i2"]) add(owner, { id, type: "import", name: "a" });
  add(owner, { id: "d", type: "downloads" });
  add(owner, { id: "r", type: "rename", modelId: "m", name: "b" });
  expect([engine.ran, store.ran, asked]).toEqual([["g"], ["i1"], ["d", "r"]]);
});

test("a cancel reaches the lane that has the job, a lost port both", async () => {
  const { engine, embedder, lanes, add, endings } = setUp();
  const owner = {};
  for (const request of [GENERATE, EMBED]) add(owner, request);
  lanes.cancel(owner, "e");
  await settle();
  expect(endings).toEqual(["e cancelled"]);
  expect([engine.cancelled, embedder.cancelled]).toEqual([0, 1]);
  add(owner, { ...EMBED, id: "e2" });
  lanes.dropOwner(owner);
  await settle();
  expect(endings.sort()).toEqual(["e cancelled", "e2 cancelled", "g cancelled"]);
});
