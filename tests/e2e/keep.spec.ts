// What is done with stored models: other names, files, a look at every byte; the same file twice; deletion while in use.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { ask, openPopup } from "../../scripts/lib/popup.mjs";
import { expect, test } from "./fixtures.ts";
import { stored } from "./hub.ts";
import { DEMO_LAST, demo } from "./models.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function choose(options: Page, item: string): Promise<void> {
  await options.getByRole("button", { name: /^More for/ }).click();
  await options.getByRole("menuitem", { name: item }).click();
}

test("a model is renamed, by keyboard alone", async ({ extension, popup }) => {
  await extension.store(demo());
  const options = await extension.openOptions();
  const more = options.getByRole("button", { name: "More for demo" });
  await more.focus();
  await options.keyboard.press("Enter");
  await expect(options.getByRole("menuitem", { name: "Rename" })).toBeFocused();
  await options.keyboard.press("ArrowUp");
  await expect(options.getByRole("menuitem", { name: "Check" })).toBeFocused();
  await options.keyboard.press("Escape");
  await expect(more, "Escape gives the focus back").toBeFocused();
  await options.keyboard.press("Enter");
  await expect(options.getByRole("menuitem", { name: "Rename" })).toBeFocused();
  await options.keyboard.press("Enter");
  await expect(options.getByRole("textbox", { name: "New name of demo" })).toBeFocused();
  await options.keyboard.type("Ada");
  await options.keyboard.press("Enter");
  await expect(options.getByTestId("model").getByRole("heading")).toHaveText("Ada");
  await expect(popup.getByText("Ada"), "elsewhere, too").toBeVisible();
});

test("a model is saved to a file, byte by byte", async ({ extension }) => {
  await extension.store(demo());
  const options = await extension.openOptions();
  // Chrome's dialog is out of a test's reach; it would give a handle like this one.
  await options.evaluate(() => {
    const handle = async () => (await navigator.storage.getDirectory()).getFileHandle("saved", { create: true });
    Object.assign(globalThis, { showSaveFilePicker: handle });
  });
  await choose(options, "Save to a file");
  await expect(options.getByRole("status").filter({ hasText: "demo is saved to a file" })).toBeAttached();
  const saved = await options.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle("saved")).getFile();
    const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  });
  expect(saved).toBe(digest(readFileSync(demo())));

  await options.evaluate(() => Object.assign(globalThis, { showSaveFilePicker: undefined }));
  const downloading = options.waitForEvent("download");
  await choose(options, "Save to a file");
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("demo.gguf");
  expect(digest(readFileSync(await download.path()))).toBe(saved);
});

test("a check finds every byte as it was, and the one that is not", async ({ extension }) => {
  await extension.store(demo());
  const options = await extension.openOptions();
  await choose(options, "Check for damage");
  await expect(options.getByTestId("checked")).toContainText("every byte is as it was stored");
  await options.evaluate(async () => {
    const open = indexedDB.open("chord");
    const database = await new Promise<IDBDatabase>((resolve) => {
      open.onsuccess = () => resolve(open.result);
    });
    const get = database.transaction("chunks").objectStore("chunks").openCursor();
    const [key, blob] = await new Promise<[IDBValidKey, Blob]>((resolve) => {
      get.onsuccess = () => resolve([get.result?.key ?? "", get.result?.value]);
    });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const transaction = database.transaction("chunks", "readwrite");
    transaction.objectStore("chunks").put(new Blob([bytes]), key);
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    database.close();
  });
  await choose(options, "Check for damage");
  await expect(options.getByRole("alert")).toHaveAttribute("data-code", "damaged");
});

test("the same file in two tabs is stored once, and the second one is told", async ({ extension }) => {
  const pages = [await extension.openOptions(), await extension.openOptions()];
  await Promise.all(pages.map((page) => page.getByTestId("file-input").setInputFiles(demo())));
  for (const page of pages) await expect(page.getByTestId("model")).toHaveCount(1);
  const alerts = pages.map((page) => page.getByTestId("import").getByRole("alert"));
  await expect.poll(async () => (await Promise.all(alerts.map((alert) => alert.count()))).sort()).toEqual([0, 1]);
  for (const alert of alerts) {
    if ((await alert.count()) === 0) continue;
    await expect(alert).toHaveAttribute("data-code", "already_stored");
    await expect(alert).toContainText("already stored, as 'demo'");
  }
  expect(await stored(pages[0] as Page)).toEqual({ manifests: 1, partials: 0, chunks: 1 });
});

test("a model that is deleted while it is loaded is gone, and another one answers", async ({ chrome, extension }) => {
  await extension.store(demo());
  const popup = await openPopup(chrome);
  expect((await ask(popup, "Are you there?")).text).toContain(DEMO_LAST);
  const options = await extension.openOptions();
  await options.getByRole("button", { name: "Delete demo" }).click();
  await options.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(options.getByTestId("model")).toHaveCount(0);
  expect(await stored(options)).toEqual({ manifests: 0, partials: 0, chunks: 0 });
  await expect(popup.getByRole("button", { name: "Add a model" })).toBeVisible();
  await extension.store(demo());
  const other = await openPopup(chrome);
  expect((await ask(other, "And now?")).text).toContain(DEMO_LAST);
});
