// The options page: models in, models out.
import { basename } from "node:path";
import type { Page } from "@playwright/test";
import { ask } from "../../scripts/lib/popup.mjs";
import { expect, test } from "./fixtures.ts";
import { stored } from "./hub.ts";
import { DEMO_LAST, demo, demoParts, largeDemo } from "./models.ts";

/** From here on, remembers every import that is shown and whether it had a progress bar. */
async function watchImports(options: Page) {
  await options.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(globalThis, { seen });
    new MutationObserver(() => {
      if (document.querySelector('[data-testid="import"]')) seen.add("import");
      const bar = document.querySelector('[data-testid="import"] progress');
      if (bar)
        seen.add("progressbar").add(bar.getAttribute("aria-label") ?? bar.getAttribute("aria-labelledby") ?? "unnamed");
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  return () => options.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen]);
}

test("a file chosen with the picker is imported, with progress, and listed with what it is", async ({ extension }) => {
  const options = await extension.openOptions();
  const seen = await watchImports(options);
  await options.getByTestId("file-input").setInputFiles(largeDemo("large.gguf"));

  const model = options.getByTestId("model");
  await expect(model).toHaveCount(1);
  await expect(model).toContainText("large");
  await expect(model).toContainText("F32");
  await expect(model).toContainText(/1[0-9]{2} MB/);
  expect(await seen()).toContain("progressbar");
  expect(await seen()).not.toContain("unnamed");
  await expect(options.getByTestId("import")).toHaveCount(0);

  await options.reload();
  await expect(model).toHaveCount(1);
});

test("a file dropped on the page is imported", async ({ extension }) => {
  const options = await extension.openOptions();
  const zone = await options.getByTestId("drop-zone").boundingBox();
  if (!zone) throw new Error("no drop zone");
  const session = await options.context().newCDPSession(options);
  const drag = {
    x: zone.x + zone.width / 2,
    y: zone.y + zone.height / 2,
    data: { items: [], files: [demo()], dragOperationsMask: 1 },
  };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, ...drag });
  }
  await expect(options.getByTestId("model")).toContainText("demo");
  expect(options.url(), "the browser did not open the file instead").toBe(extension.chrome.url("options/index.html"));
});

test("a model in three files is one row, answers, and is deleted as one", async ({ extension, popup }) => {
  const [first = "", second = "", third = ""] = demoParts();
  const options = await extension.openOptions();
  const model = options.getByTestId("model");
  const alert = options.getByTestId("import").getByRole("alert");

  await options.getByTestId("file-input").setInputFiles([third, first]);
  await expect(alert).toContainText("Part 2 of 3");
  await expect(alert).toContainText("demo-00002-of-00003.gguf");
  await expect(alert).toHaveAttribute("data-code", "split_model");
  await expect(options.getByTestId("import")).toHaveCount(1);
  await expect(model).toHaveCount(0);
  await options.getByTestId("import").getByRole("button", { name: "Dismiss" }).click();

  await options.getByTestId("file-input").setInputFiles([third, first, second]);
  await expect(model).toHaveCount(1);
  await expect(model).toContainText("demo");
  await expect(model).not.toContainText("of-00003");
  await expect(options.getByTestId("import")).toHaveCount(0);
  const { text, error } = await ask(popup, "What are you?");
  expect(error).toBeUndefined();
  expect(text).toContain(DEMO_LAST);

  await model.getByRole("button", { name: "Delete" }).click();
  await options
    .getByRole("dialog", { name: /^Delete/ })
    .getByRole("button", { name: "Delete" })
    .click();
  await expect(model).toHaveCount(0);
  expect(await stored(options)).toEqual({ manifests: 0, partials: 0, chunks: 0 });
});

test("a model is deleted only when that is confirmed", async ({ extension }) => {
  await extension.store(demo());
  const options = await extension.openOptions();
  const model = options.getByTestId("model");
  const dialog = options.getByRole("dialog", { name: /^Delete/ });

  await model.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Keep" }).click();
  await expect(dialog).toBeHidden();
  await expect(model).toHaveCount(1);

  await model.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(model).toHaveCount(0);
  await options.reload();
  await expect(options.getByTestId("drop-zone")).toBeVisible();
  await expect(model).toHaveCount(0);

  expect(await stored(options), `nothing of ${basename(demo())} is left`).toEqual({
    manifests: 0,
    partials: 0,
    chunks: 0,
  });
});

test("without a model, the popup leads to where one is added", async ({ chrome, popup }) => {
  const opened = chrome.context.waitForEvent("page");
  await popup.getByRole("button", { name: "Add a model" }).click();
  const options = await opened;
  await expect(options.getByTestId("drop-zone")).toBeVisible();
  expect(options.url()).toContain("/options/index.html");
});
