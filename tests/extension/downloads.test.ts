import { afterEach, expect, test, vi } from "vitest";
import type { DownloadState } from "../../extension/protocol";
import { Downloads } from "../../extension/store/downloads";
import type { Surroundings } from "../../extension/store/fetch-file";
import { settle } from "./fakes";
import { Engine, partials } from "./mock/engine";

// The real engine's names, the stand-in's insides.
const engine = new Engine() as unknown as ConstructorParameters<typeof Downloads>[0]["engine"];
const HUB = "https://hub.test";
const url = (name: string) => `${HUB}/o/m/resolve/main/${name}`;
const request = (name: string) => ({ id: name, type: "download" as const, url: url(name), name });

afterEach(() => partials.clear());

/** A hub that offers any file of 10 bytes; `answer` decides about the bytes. */
function setUp(answer: (url: string, range: string | null) => Response | Promise<Response>, oid?: string) {
  const told: DownloadState[][] = [];
  let stored = 0;
  const world: Surroundings = {
    now: () => 0,
    random: () => 1,
    sleep: async (_, signal) => signal.throwIfAborted(),
    fetch: async (input, init) => {
      if (!String(input).includes("/paths-info/"))
        return answer(String(input), new Headers(init?.headers).get("range"));
      const { paths } = JSON.parse(String(init?.body)) as { paths: string[] };
      return Response.json(paths.map((path) => ({ path, size: 10, ...(oid && { lfs: { oid, size: 10 } }) })));
    },
  };
  const downloads = new Downloads({
    engine,
    world,
    hosts: [HUB],
    onChange: (list) => told.push(list),
    onStored: () => {
      stored += 1;
    },
    onTrap: (error) => {
      throw error;
    },
  });
  const phases = (id: string) => {
    const all = told.flatMap((list) => list.find((one) => one.id === id)?.phase ?? "gone");
    return all.filter((phase, i) => phase !== all[i - 1]);
  };
  return { downloads, phases, stored: () => stored };
}

const ten = () => new Response(new Uint8Array(10).fill(71), { headers: { "content-length": "10" } });
const until = (is: () => boolean) => vi.waitFor(() => expect(is()).toBe(true));

test("one that runs to its end becomes a model and is no download any more", async () => {
  const { downloads, phases, stored } = setUp(ten);
  const { id } = await downloads.start(request("a.gguf"));
  await until(() => stored() === 1);
  await settle();
  expect(downloads.list()).toEqual([]);
  expect(phases(id)).toEqual(["running", "gone"]);
});

test("two run at once, the third when one of them ends", async () => {
  const open: (() => void)[] = [];
  const { downloads, stored } = setUp(() => new Promise((resolve) => open.push(() => resolve(ten()))));
  for (const name of ["a.gguf", "b.gguf", "c.gguf"]) await downloads.start(request(name));
  await until(() => open.length === 2);
  expect(downloads.list().map(({ phase }) => phase)).toEqual(["running", "running", "queued"]);
  open.shift()?.();
  await until(() => stored() === 1 && open.length === 2);
  for (const go of open) go();
  await until(() => stored() === 3);
});

test("the same address is one download", async () => {
  const { downloads } = setUp(() => new Promise(() => {}));
  const first = await downloads.start(request("a.gguf"));
  expect((await downloads.start(request("a.gguf"))).id).toBe(first.id);
  expect(downloads.list()).toHaveLength(1);
});

test("pause, resume, remove", async () => {
  let answers = 0;
  const { downloads, phases, stored } = setUp((_, range) => {
    answers += 1;
    if (answers > 1) return ten();
    expect(range).toBeNull();
    return new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(4).fill(71)) }), {
      headers: { "content-length": "10" },
    });
  });
  const { id } = await downloads.start(request("a.gguf"));
  await until(() => downloads.list()[0]?.received === 4);
  await downloads.steer({ id: "", type: "steerDownload", downloadId: id, action: "pause" });
  expect(downloads.list()[0]).toMatchObject({ phase: "paused", received: 4, error: null });
  await downloads.steer({ id: "", type: "steerDownload", downloadId: id, action: "resume" });
  await until(() => stored() === 1);
  expect(phases(id)).toEqual(["running", "paused", "queued", "running", "gone"]);

  const other = await setUpStuck();
  await other.downloads.steer({ id: "", type: "steerDownload", downloadId: other.id, action: "remove" });
  expect(other.downloads.list()).toEqual([]);
  expect(partials.size).toBe(0);
});

async function setUpStuck() {
  const { downloads } = setUp((_, __) => new Response(new ReadableStream({}), { headers: { "content-length": "10" } }));
  const { id } = await downloads.start(request("stuck.gguf"));
  return { downloads, id };
}

test("what is no model leaves nothing; what came wrong may be tried again", async () => {
  const page = setUp(() => new Response("<!doctype"));
  await page.downloads.start(request("page.gguf"));
  await until(() => page.downloads.list()[0]?.phase === "failed");
  await settle();
  expect(page.downloads.list()[0]).toMatchObject({ received: 0, error: { code: "not_gguf" } });
  expect(partials.size).toBe(0);

  const wrong = setUp(ten);
  const record = await engine.beginDownload({
    name: "w",
    files: [{ url: url("w.gguf"), name: "w", size: 10, digest: "wrong", stored: 0, whole: false }],
  });
  record.free();
  await wrong.downloads.open();
  const [{ id, phase } = { id: "", phase: "" }] = wrong.downloads.list();
  expect(phase).toBe("paused");
  await wrong.downloads.steer({ id: "", type: "steerDownload", downloadId: id, action: "resume" });
  await until(() => wrong.downloads.list()[0]?.phase === "failed");
  expect(wrong.downloads.list()[0]).toMatchObject({ received: 0, error: { code: "wrong_digest" } });
  expect(partials.size).toBe(1);
});

test("an address that is no hub's is refused before anything is asked", async () => {
  const { downloads } = setUp(() => {
    throw new Error("nothing may be asked");
  });
  const start = downloads.start({ ...request("a.gguf"), url: "https://example.com/o/m/resolve/main/a.gguf" });
  await expect(start).rejects.toMatchObject({ code: "bad_address" });
});

test("a catalogue's digest that is not the hub's is refused", async () => {
  const { downloads } = setUp(ten, "b".repeat(64));
  const start = downloads.start({ ...request("a.gguf"), sha256: "c".repeat(64) });
  await expect(start).rejects.toMatchObject({ code: "not_as_listed" });
});
