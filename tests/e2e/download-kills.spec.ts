// Parts that die while a model comes in: the page, the service worker, the offscreen document, the whole browser. What has
// come is there to be resumed, and nobody ever sees half a model.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchChrome } from "../../scripts/lib/chrome.mjs";
import { Extension } from "./extension.ts";
import { download, expect, start, stored, test } from "./hub.ts";

/** 20 MB have come: one chunk of 16 MiB is on disk for certain, and some of the next is not. */
const BEGUN = /20 MB of 40 MB/;
const FIRST_CHUNK = "bytes=16777216-";

test("the page that began it is closed, the service worker ends: it goes on to its end", async ({
  extension,
  hub,
  options,
}) => {
  hub.fault({ on: "blob", times: 1, holdAfter: 20_000_000 });
  await start(options, "Large");
  await hub.held();
  const other = await extension.openOptions();
  await options.close();
  await extension.stopServiceWorker(other);
  await expect(download(other)).toContainText(BEGUN);
  hub.release();
  await expect(other.getByTestId("model")).toContainText("Large");
  expect(hub.ranges()).toEqual([undefined]);
});

test("the offscreen document is closed: the download is there to be resumed", async ({ extension, hub, options }) => {
  hub.fault({ on: "blob", times: 1, holdAfter: 20_000_000 });
  await start(options, "Large");
  await hub.held();
  await expect(download(options)).toContainText(BEGUN);
  await extension.closeOffscreenDocument();
  await options.reload();
  await expect(download(options)).toHaveAttribute("data-phase", "paused");
  await expect(download(options)).toContainText("17 MB of 40 MB");
  expect(await stored(options)).toEqual({ manifests: 0, partials: 1, chunks: 1 });
  await download(options).getByRole("button", { name: "Resume Large" }).click();
  await expect(options.getByTestId("model")).toContainText("Large");
  expect(hub.ranges()).toEqual([undefined, FIRST_CHUNK]);
});

test("the browser is killed: at its next start the download is there to be resumed or removed", async ({
  folder,
  hub,
}) => {
  const profile = mkdtempSync(join(tmpdir(), "chord-killed-"));
  const open = async () => {
    const chrome = await launchChrome({
      path: process.env.CHORD_E2E_BROWSER ?? "",
      headless: true,
      profile,
      ...(folder && { extension: folder }),
    });
    return { chrome, options: await new Extension(chrome).openOptions() };
  };
  try {
    hub.fault({ on: "blob", times: 1, holdAfter: 20_000_000 });
    const first = await open();
    await start(first.options, "Large");
    await hub.held();
    await expect(download(first.options)).toContainText(BEGUN);
    await first.chrome.kill();

    const second = await open();
    await expect(download(second.options)).toHaveAttribute("data-phase", "paused");
    await expect(download(second.options)).toContainText("17 MB of 40 MB");
    await download(second.options).getByRole("button", { name: "Resume Large" }).click();
    await expect(second.options.getByTestId("model")).toContainText("Large");
    expect(hub.ranges()).toEqual([undefined, FIRST_CHUNK]);
    await second.chrome.close();
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
