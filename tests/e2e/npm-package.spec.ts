// The npm package as a web developer has it: installed from its tarball, imported in a worker of a page, served with the
// headers that isolate a page and without them. And its threads, ended in the middle of an answer.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, expect, type Page, test } from "@playwright/test";
import { npmDir, root } from "../../scripts/lib/paths.mjs";
import { DEMO_FIRST, DEMO_LAST, demo, random } from "./models.ts";
import { type Site, serveSite } from "./npm-site.ts";

let folder: string;
let browser: Browser;
const sites: Site[] = [];

test.beforeAll(async () => {
  if (!existsSync(join(npmDir, "package.json"))) throw new Error("The npm package is not built: run `npm run build`.");
  folder = mkdtempSync(join(tmpdir(), "chord-npm-"));
  const npm = (...args: string[]) => execFileSync("npm", args, { cwd: folder, stdio: "pipe" });
  npm("pack", npmDir, "--pack-destination", folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  npm("install", join(folder, tarball), "--offline", "--no-audit", "--no-fund");
  browser = await chromium.launch({ executablePath: process.env.CHORD_E2E_BROWSER ?? "" });
});

test.afterAll(async () => {
  await browser?.close();
  for (const site of sites) site.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** Chromium with a WebGPU adapter, which is software. */
const withSoftwareGpu = () =>
  chromium.launch({
    executablePath: process.env.CHORD_E2E_BROWSER ?? "",
    args: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
  });

/** A page with the package's engine in a worker; `window.engine` is tests/e2e/npm-site.ts's way to it. */
async function open(isolated: boolean, model = demo(), where = browser): Promise<Page> {
  const site = await serveSite({ modules: join(folder, "node_modules"), model, isolated });
  sites.push(site);
  const page = await (await where.newContext()).newPage();
  await page.goto(site.url);
  return page;
}

interface Started {
  build: string;
  threads: number;
  reason?: string;
  gpu?: { name: string; tier: string; dp4a: boolean; software: boolean };
  noGpu?: { code: string; message: string };
}
interface Answer {
  text?: string;
  failure?: string;
  events: number;
  threads: number;
}
const start = (page: Page, options: object = {}) =>
  page.evaluate((message) => window.ask<Started>(message), { type: "start", options });
const close = (page: Page) => page.evaluate(() => window.ask<void>({ type: "close" }));
const load = (page: Page) => page.evaluate(() => window.ask<void>({ type: "load" }));
const answer = (page: Page, more: object = {}) =>
  page.evaluate((message) => window.ask<Answer>(message), { type: "answer", ...more });

for (const [isolated, build] of [
  [true, "threads"],
  [false, "simd"],
] as const) {
  test(`installed and ${isolated ? "" : "not "}isolated, it imports a model and answers on ${build}`, async () => {
    const page = await open(isolated);
    const started = await start(page);
    expect(started.build).toBe(build);
    expect(started.reason ?? "").toContain(isolated ? "" : "not cross-origin isolated");
    await load(page);
    const { text, failure, events } = await answer(page);
    expect(failure).toBeUndefined();
    expect(text?.startsWith(DEMO_FIRST)).toBe(true);
    expect(text?.endsWith(DEMO_LAST)).toBe(true);
    expect(events).toBeGreaterThan(10);
  });
}

test("its types hold in a strict project", () => {
  writeFileSync(
    join(folder, "use.ts"),
    `import { createEngine, type EngineError, type GenerateResult } from "wasm-chord";
    const { engine, build, reason } = await createEngine({ threads: 2 });
    const model = await engine.importModel(new Blob(), "name", ({ bytes, total }) => console.log(bytes / total));
    await engine.load(model.id, { context: 512 }, () => {});
    export const result: GenerateResult = await engine.generate({ prompt: "" }, (event) => {
      if (event.type === "token") console.log(event.text);
    });
    export const said: string = build + reason?.length;
    export const code = (error: EngineError): "busy" | undefined => (error.code === "busy" ? error.code : undefined);`,
  );
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext"];
  expect(execFileSync(tsc, [...options, "use.ts"], { cwd: folder, encoding: "utf8" })).toBe("");
});

test("a build can be asked for by name, and says when it cannot run", async () => {
  expect(await start(await open(true), { build: "simd" })).toEqual({ build: "simd", threads: 1 });
  await expect(start(await open(false), { build: "threads" })).rejects.toThrow("not cross-origin isolated");
  await expect(start(await open(true), { build: "gpu" })).rejects.toThrow(
    /NoGpuError: this browser (has no|offers no)/,
  );
});

/** What the page's worker fetched of the build for GPUs. */
const fetchedForGpu = (page: Page) => page.evaluate(() => window.ask<string[]>({ type: "fetched", part: "/gpu/" }));

test.describe("with a GPU that is software", () => {
  let other: Browser;
  test.beforeAll(async () => {
    other = await withSoftwareGpu();
  });
  test.afterAll(() => other?.close());

  test("it is left alone unless it is asked for, and its build is not fetched", async () => {
    const page = await open(true, demo(), other);
    expect(await start(page)).toMatchObject({
      build: "threads",
      noGpu: { code: "software", message: expect.stringContaining("swiftshader") },
    });
    expect(await fetchedForGpu(page)).toEqual([]);
    await close(page);
    const without = await start(page, { gpu: false });
    expect(without.build).toBe("threads");
    expect(without.noGpu).toBeUndefined();
    await expect(start(page, { build: "gpu" })).rejects.toThrow("NoGpuError: the only GPU, google swiftshader");
  });

  for (const isolated of [true, false]) {
    test(`asked for, it answers${isolated ? "" : " on a page that is not isolated"}`, async () => {
      const page = await open(isolated, demo(), other);
      const started = await start(page, { softwareGpu: true });
      // wgpu asks for no subgroups by itself, which SwiftShader has.
      const gpu = { name: "google swiftshader", tier: "subgroups", dp4a: true, software: true };
      expect(started).toMatchObject({ build: "gpu", threads: 1, gpu });
      expect(started.noGpu).toBeUndefined();
      expect(await fetchedForGpu(page)).toContainEqual(expect.stringMatching(/\.wasm$/));
      await load(page);
      const { text, failure } = await answer(page);
      expect(failure).toBeUndefined();
      expect(text?.endsWith(DEMO_LAST)).toBe(true);
    });
  }

  for (const [what, bytes] of [
    ["is missing", undefined],
    ["does not compile", "this is no module"],
  ] as const) {
    test(`where its module ${what}, the answer comes on threads`, async () => {
      const page = await open(true, demo(), other);
      await page
        .context()
        .route("**/gpu/*.wasm", (route) =>
          bytes ? route.fulfill({ body: bytes, contentType: "application/wasm" }) : route.fulfill({ status: 404 }),
        );
      const started = await start(page, { softwareGpu: true });
      expect(started).toMatchObject({ build: "threads", noGpu: { code: "failed" } });
      await load(page);
      expect((await answer(page)).text).toContain(DEMO_LAST);
    });
  }

  test("where it gives no device, the answer comes on threads, and asked for by name it is refused", async () => {
    const page = await open(true, demo(), other);
    const message = { type: "start", options: { softwareGpu: true }, refuseDevice: true };
    const started = await page.evaluate((message) => window.ask<Started>(message), message);
    expect(started).toMatchObject({
      build: "threads",
      noGpu: { code: "failed", message: expect.stringContaining("no device") },
    });
    await load(page);
    expect((await answer(page)).text).toContain(DEMO_LAST);
    await expect(start(page, { build: "gpu", softwareGpu: true })).rejects.toThrow(/NoGpuError: .*no device/);
  });
});

test("where memory to share is refused, the answer comes on simd", async () => {
  const page = await open(true);
  const message = { type: "start", options: {}, refuseMemory: true };
  const started = await page.evaluate((message) => window.ask<Started>(message), message);
  expect(started).toMatchObject({ build: "simd", reason: expect.stringContaining("could not allocate memory") });
  await load(page);
  expect((await answer(page)).text).toContain(DEMO_LAST);
});

test("an engine that is closed makes place for another one in the same worker", async () => {
  const page = await open(true);
  for (const threads of [3, 2]) {
    expect(await start(page, { threads })).toMatchObject({ build: "threads", threads });
    await load(page);
    expect(await answer(page)).toMatchObject({ text: expect.stringContaining(DEMO_LAST), threads });
    await close(page);
  }
});

test("as many threads as are asked for take part, and all answers are the same", async () => {
  const texts = new Set<string | undefined>();
  for (const threads of [1, 2, 4]) {
    const page = await open(true);
    expect((await start(page, { threads })).threads).toBe(threads);
    await load(page);
    const { text, threads: took } = await answer(page);
    expect(took).toBe(threads);
    texts.add(text);
  }
  expect([...texts]).toHaveLength(1);
});

for (const reported of [false, true]) {
  // Ended from outside, as when memory runs out; `reported`, as by the thread's own script after a trap.
  test(`threads that come to their end${reported ? " and say so" : ""} cost no more than the answer under way`, async () => {
    const page = await open(true, random());
    const startWithThreads = async () => {
      await start(page, { build: "threads", threads: 3 });
      await load(page);
    };
    await startWithThreads();
    const request = { prompt: "Once", maxTokens: 40, temperature: 0 };
    const { failure } = await page.evaluate((message) => window.ask<Answer>(message), {
      type: "answerUntilDead",
      request,
      reported,
    });
    // Undefined when they had no part of the work at that moment, so that nothing is missing.
    if (failure !== undefined) {
      expect(failure).toContain("RuntimeError");
      await page.reload();
      await startWithThreads();
    }
    expect((await answer(page, { request })).failure).toBeUndefined();
  });
}
