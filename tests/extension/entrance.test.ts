import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { enter } from "../../extension/background/entrance";

const TURNED_AWAY = new Error("Cannot access contents of the page.");
/** What was run where, those turned away included. */
let ran: string[] = [];
/** How often a script is turned away from the page before it is let in. */
let early = 0;
let url: string | undefined;
/** A frame that lets nobody in. */
let foreign: number | null = null;

beforeEach(() => {
  vi.useFakeTimers();
  [ran, early, url, foreign] = [[], 0, "https://example.org/", null];
  vi.stubGlobal("chrome", {
    tabs: { get: async () => ({ id: 1, url }) },
    scripting: {
      executeScript: async ({ target, files }: { target: { frameIds: number[] }; files?: string[] }) => {
        const [frame = 0] = target.frameIds;
        ran.push(`${files?.[0] ?? "look"} ${frame}`);
        if (early > 0) early -= 1;
        else if (frame !== foreign) return [{ frameId: frame, result: true }];
        throw TURNED_AWAY;
      },
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What becomes of a call that may wait. */
async function settled(call: Promise<void>): Promise<unknown> {
  const ended = call.then(
    () => "in",
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return ended;
}

test("a script is let in at once where it may run", async () => {
  expect(await settled(enter(1, 0, "content.js"))).toBe("in");
  expect(ran).toEqual(["content.js 0"]);
});

test("one that comes before the page has heard of the access is let in a moment later", async () => {
  early = 3;
  expect(await settled(enter(1, 4, "content.js"))).toBe("in");
  expect(ran).toEqual(["content.js 4", "look 0", "look 0", "look 0", "content.js 4"]);
});

test("without access nothing is waited for", async () => {
  early = 1;
  url = undefined;
  expect(await settled(enter(1, 0, "content.js"))).toBe(TURNED_AWAY);
  expect(ran).toEqual(["content.js 0"]);
});

test("a page that never lets anybody in is given up", async () => {
  early = Number.POSITIVE_INFINITY;
  expect(await settled(enter(1, 0, "content.js"))).toBe(TURNED_AWAY);
  expect(ran.at(-1)).toBe("look 0");
});

test("a frame of another site turns the script away although its page is open", async () => {
  foreign = 7;
  expect(await settled(enter(1, 7, "content.js"))).toBe(TURNED_AWAY);
  expect(ran).toEqual(["content.js 7", "look 0", "content.js 7"]);
});
