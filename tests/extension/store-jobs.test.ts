import type { Engine } from "chord-engine";
import { expect, test } from "vitest";
import { filesChannel } from "../../extension/protocol";
import type { Downloads } from "../../extension/store/downloads";
import { StoreJobs } from "../../extension/store/jobs";
import type { FilesMessage, StoreReport } from "../../extension/store/messages";
import { model } from "./fakes";

/** Notes what is called; `change` replaces single methods. */
function setUp(change: Partial<Record<keyof Engine, unknown>> = {}) {
  const calls: string[] = [];
  const reports: StoreReport[] = [];
  const engine = {
    async importModel(files: Blob[], name: string) {
      calls.push(`import ${name} ${await new Blob(files).text()}`);
      return model("a");
    },
    modelFiles: async () => [new Blob(["GGUF"]), new Blob(["more"])],
    renameModel: async (id: string, name: string) => ({ ...model(id), name }),
    verifyModel: async () => ({ digests: [], intact: true }),
    cancel: () => void calls.push("cancel"),
    ...change,
  };
  const jobs = new StoreJobs(engine as unknown as Engine, { list: () => [] } as unknown as Downloads, (report) =>
    reports.push(report),
  );
  const endings = () => reports.flatMap((report) => (report.type === "ended" ? [report] : []));
  return { jobs, calls, reports, endings };
}

test("files are asked for when their turn has come, and the change is told before the ending", async () => {
  const { jobs, calls, reports } = setUp();
  const page = new BroadcastChannel(filesChannel("request-7"));
  page.onmessage = ({ data }: MessageEvent<FilesMessage>) => {
    if (data.type === "ready")
      page.postMessage({
        type: "files",
        files: [new File(["GGUF…"], "a.gguf"), new File(["and more"], "b.gguf")],
      } satisfies FilesMessage);
  };
  try {
    await jobs.handle({ job: 1, id: "request-7", type: "import", name: "a" });
  } finally {
    page.close();
  }
  expect(calls).toEqual(["import a GGUF…and more"]);
  expect(reports).toMatchObject([{ type: "stored" }, { type: "ended", ending: { type: "done", result: { id: "a" } } }]);
});

test("an import can be cancelled while it waits for its file", async () => {
  const { jobs, calls, endings } = setUp();
  const handled = jobs.handle({ job: 1, id: "request-8", type: "import", name: "a" });
  await jobs.handle({ job: 1, type: "cancel" });
  await handled;
  expect(endings()).toMatchObject([{ ending: { type: "cancelled" } }]);
  expect(calls).toEqual([]);
});

test("a cancel reaches the check under way and no other job", async () => {
  let end = () => {};
  const { jobs, calls } = setUp({
    verifyModel: () =>
      new Promise((resolve) => {
        end = () => resolve({ digests: [], intact: true });
      }),
  });
  const handled = jobs.handle({ job: 1, id: "v", type: "verify", modelId: "a" });
  await jobs.handle({ job: 2, id: "r", type: "rename", modelId: "a", name: "b" });
  await jobs.handle({ job: 2, type: "cancel" });
  expect(calls).toEqual([]);
  await jobs.handle({ job: 1, type: "cancel" });
  expect(calls).toEqual(["cancel"]);
  end();
  await handled;
});

test("a model's files go to the page that asked, before the ending", async () => {
  const { jobs, endings } = setUp();
  const page = new BroadcastChannel(filesChannel("request-9"));
  const files = new Promise<Blob[]>((resolve) => {
    page.onmessage = ({ data }: MessageEvent<FilesMessage>) => {
      if (data.type === "files") resolve(data.files);
    };
  });
  await jobs.handle({ job: 1, id: "request-9", type: "export", modelId: "a" });
  expect(await new Blob(await files).text()).toBe("GGUFmore");
  page.close();
  expect(endings()).toMatchObject([{ ending: { type: "done", result: null } }]);
});

test("a trap is the end of the worker, not of the job alone", async () => {
  const { jobs, reports } = setUp({
    verifyModel: () => Promise.reject(new WebAssembly.RuntimeError("unreachable")),
  });
  await jobs.handle({ job: 1, id: "v", type: "verify", modelId: "a" });
  expect(reports).toMatchObject([{ type: "fatal", error: { code: "engine_crashed" } }]);
});
