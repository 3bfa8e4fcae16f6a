// Downloads from a hub: to the end, interrupted in every way there is, and what cannot be downloaded.
import { ask, openPopup } from "../../scripts/lib/popup.mjs";
import { screenshot } from "./fixtures.ts";
import { download, expect, NOTHING, offer, REPOSITORY, start, startFrom, stored, test } from "./hub.ts";
import { DEMO_LAST } from "./models.ts";

test("a model from the list is downloaded, checked, and answers", async ({ chrome, hub, options }) => {
  await expect(offer(options, "Large")).toHaveAttribute("data-recommended", "true");
  await start(options, "Demo");
  await expect(options.getByTestId("model")).toContainText("Demo");
  await expect(download(options)).toHaveCount(0);
  await expect(offer(options, "Demo")).toContainText("Stored");
  expect(hub.ranges(), "one request, for all of it").toEqual([undefined]);
  const popup = await openPopup(chrome);
  const { text, error } = await ask(popup, "Where are you from?");
  expect(error).toBeUndefined();
  expect(text).toContain(DEMO_LAST);
});

test("progress, pause and resume, with no byte asked for twice", async ({ hub, options }) => {
  hub.fault({ on: "blob", times: 1, holdAfter: 20_000_000 });
  await start(options, "Large");
  await hub.held();
  const row = download(options);
  await expect(row.getByRole("progressbar", { name: "Downloading Large" })).toBeVisible();
  await expect(row).toContainText(/20 MB of 40 MB/);
  await screenshot(options, "options-downloading");
  await row.getByRole("button", { name: "Pause Large" }).click();
  await expect(row).toHaveAttribute("data-phase", "paused");
  await expect(row).toContainText("Paused");
  await options.reload();
  await expect(row, "whoever looks again sees it").toHaveAttribute("data-phase", "paused");
  await row.getByRole("button", { name: "Resume Large" }).click();
  await expect(options.getByTestId("model")).toContainText("Large");
  expect(hub.ranges()).toEqual([undefined, "bytes=20000000-"]);
  expect(await stored(options)).toEqual({ manifests: 1, partials: 0, chunks: 3 });
});

test("cancel leaves nothing behind", async ({ hub, options }) => {
  hub.fault({ on: "blob", holdAfter: 20_000_000 });
  await start(options, "Large");
  await hub.held();
  await download(options).getByRole("button", { name: "Cancel Large" }).click();
  await expect(download(options)).toHaveCount(0);
  await expect.poll(() => stored(options)).toEqual(NOTHING);
});

test("a model in three files is found by one of them", async ({ hub, options }) => {
  await startFrom(options, `${hub.url}/${REPOSITORY}/blob/main/demo-00002-of-00003.gguf`);
  const model = options.getByTestId("model");
  await expect(model).toHaveCount(1);
  await expect(model.getByRole("heading")).toHaveText("demo");
  expect(hub.ranges()).toHaveLength(3);
});
