import { expect, test, vi } from "vitest";
import { ChordError } from "../../extension/errors";
import { Fault } from "../../extension/store/fault";
import { backoff, fetchFile, type Surroundings, type Target } from "../../extension/store/fetch-file";
import { retryAfter } from "../../extension/store/response";

const FILE = { url: "https://hub.test/o/m/resolve/main/m.gguf", size: 10 };
const BYTES = Uint8Array.from({ length: 10 }, (_, i) => i);

/** A body that gives `bytes` and then breaks, or ends. */
function body(bytes: Uint8Array, breaks = false): ReadableStream<Uint8Array> {
  let given = false;
  return new ReadableStream({
    pull(controller) {
      if (!given) controller.enqueue(bytes);
      else if (breaks) controller.error(new TypeError("network error"));
      else controller.close();
      given = true;
    },
  });
}

type Answer = (range: string | null) => Response | Error;

const from = (range: string | null) => Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);

/** As a good server answers, as far as byte `to`. */
const good =
  (to = 10, headers: Record<string, string> = {}): Answer =>
  (range) => {
    const start = from(range);
    const part = BYTES.slice(start, to);
    return new Response(body(part, to < 10), {
      status: range ? 206 : 200,
      headers: range
        ? { "content-range": `bytes ${start}-9/10`, etag: '"v1"', ...headers }
        : { "content-length": "10", etag: '"v1"', ...headers },
    });
  };
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  () =>
    new Response("no", { status: code, headers });

function setUp(answers: Answer[], received = 0) {
  const got: number[] = [...BYTES.slice(0, received)];
  let etag: string | undefined = received > 0 ? '"v1"' : undefined;
  const asked: (string | null)[] = [];
  const waits: number[] = [];
  const faults: string[] = [];
  const stop = new AbortController();
  let flushed = 0;
  const target: Target = {
    received: () => got.length,
    etag: () => etag,
    setEtag: (next) => {
      etag = next;
    },
    async write(bytes) {
      if (got.length + bytes.length > FILE.size) throw new ChordError("wrong_length");
      got.push(...bytes);
    },
    async flush() {
      flushed = got.length;
    },
  };
  const world: Surroundings = {
    fetch: async (_, init) => {
      const range = new Headers(init?.headers).get("range");
      asked.push(range);
      const answer = (answers.length > 1 ? answers.shift() : answers[0])?.(range);
      if (!answer || answer instanceof Error) throw answer ?? new Error("no answer is left");
      return answer;
    },
    now: () => 1000,
    random: () => 1,
    async sleep(ms) {
      waits.push(ms);
      if (stop.signal.aborted) throw stop.signal.reason;
    },
  };
  const watcher = { onProgress: () => {}, onWait: (why: Fault) => void faults.push(why.code) };
  const run = () => fetchFile(FILE, target, world, watcher, stop.signal);
  return { run, got, asked, waits, faults, stop, target, world, flushed: () => flushed };
}

/** What it rejects with. */
const fault = (promise: Promise<void>) =>
  promise.then(
    () => null,
    (error: ChordError) => error.code,
  );

test("a server that takes the request and says nothing is given up, and asked again", async () => {
  vi.useFakeTimers();
  try {
    const { run, got, faults, world } = setUp([good()]);
    const answering = world.fetch;
    let silent = true;
    world.fetch = (url, init) => {
      if (!silent) return answering(url, init);
      silent = false;
      return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)));
    };
    const running = run();
    await vi.advanceTimersByTimeAsync(30_000);
    await running;
    expect(got).toEqual([...BYTES]);
    expect(faults).toEqual(["network"]);
  } finally {
    vi.useRealTimers();
  }
});

test("a file comes in one piece, asked for without conditions", async () => {
  const { run, got, asked, target } = setUp([good()]);
  await run();
  expect(got).toEqual([...BYTES]);
  expect(asked).toEqual([null]);
  expect(target.etag()).toBe('"v1"');
});

test("whatever breaks is taken up where it broke: network, 5xx, a body that ends early", async () => {
  const { run, got, asked, waits, faults } = setUp([
    good(4),
    () => new TypeError("Failed to fetch"),
    status(503),
    good(7),
    good(),
  ]);
  await run();
  expect(got).toEqual([...BYTES]);
  expect(asked).toEqual([null, "bytes=4-", "bytes=4-", "bytes=4-", "bytes=7-"]);
  expect(faults).toEqual(["network", "network", "hub_failed", "network"]);
  expect(waits, "new bytes make it hopeful again").toEqual([1000, 2000, 4000, 1000]);
});

test("a server that says when to come back is taken at its word, unless that is long", async () => {
  const { run, waits } = setUp([status(429, { "retry-after": "7" }), good()]);
  await run();
  expect(waits).toEqual([7000]);

  const patient = setUp([status(429, { "retry-after": "86400" })]);
  expect(await fault(patient.run())).toBe("hub_busy");
  expect(patient.waits).toEqual([]);
});

test("a server that ignores the range is read again up to what is missing", async () => {
  const { run, got } = setUp(
    [() => new Response(body(BYTES), { headers: { "content-length": "10", etag: '"v1"' } })],
    6,
  );
  await run();
  expect(got).toEqual([...BYTES]);
});

test("a signature that ran out sends it back to the hub; a hub that refuses is refused", async () => {
  const elsewhere: Answer = () => {
    const response = new Response("expired", { status: 403 });
    Object.defineProperty(response, "url", { value: "https://cdn.test/blob?sig=old" });
    return response;
  };
  const { run, got } = setUp([good(5), elsewhere, good()]);
  await run();
  expect(got).toHaveLength(10);

  for (const code of [401, 403]) expect(await fault(setUp([status(code)]).run())).toBe("download_denied");
});

test("what no attempt can mend ends it, and what has come is flushed", async () => {
  for (const [answer, code] of [
    [status(404), "download_missing"],
    [status(418), "hub_failed"],
    [() => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }), "not_a_file"],
    [good(10, { "content-range": "bytes 4-98/99" }), "wrong_length"],
    [status(416, { "content-range": "bytes */4" }), "wrong_length"],
    [good(10, { etag: '"v2"' }), "download_changed"],
  ] as const) {
    const { run, waits, flushed } = setUp([good(4), answer]);
    expect(await fault(run())).toBe(code);
    expect(waits).toEqual([1000]);
    expect(flushed()).toBe(4);
  }
  expect(await fault(setUp([good(10, { "content-length": "11" })]).run())).toBe("wrong_length");
});

test("after attempts that bring nothing it is left to the person", async () => {
  const { run, waits, faults } = setUp([good(3), () => new TypeError("Failed to fetch")]);
  expect(await fault(run())).toBe("network");
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
  expect(faults).toHaveLength(8);

  const short = setUp([() => new Response(body(BYTES.slice(0, 0)), { status: 206 })], 9);
  expect(await fault(short.run()), "an answer without a byte is no progress").toBe("network");
});

test("stopping ends it at once, with what has come", async () => {
  const { run, stop, flushed } = setUp([
    (range) => {
      if (range) stop.abort();
      return good(range ? 6 : 4)(range);
    },
  ]);
  expect(await fault(run())).toBe("cancelled");
  expect(flushed()).toBeGreaterThanOrEqual(4);
});

test("waits double up to a minute and are spread", () => {
  expect([1, 2, 3, 7, 20].map((n) => backoff(n, 1))).toEqual([1000, 2000, 4000, 60_000, 60_000]);
  expect(backoff(1, 0)).toBe(500);
});

test("Retry-After in seconds and as a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(retryAfter("3", now)).toBe(3000);
  expect(retryAfter("Thu, 01 Jan 2026 00:00:05 GMT", now)).toBe(5000);
  expect(retryAfter("soon", now)).toBeNull();
  expect(retryAfter(null, now)).toBeNull();
});

test("faults tell what is worth keeping", () => {
  expect(new Fault("network", "", "retry")).toMatchObject({ code: "network", action: "retry" });
});
