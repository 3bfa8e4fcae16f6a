// The options page beside its models: where its sections are, how fast a model is, and what is kept.
import { ask } from "../../scripts/lib/popup.mjs";
import { expect, screenshot, test } from "./fixtures.ts";
import { NOTHING, stored } from "./hub.ts";
import { demo, random } from "./models.ts";

test("every section's name leads to it", async ({ extension }) => {
  const options = await extension.openOptions();
  await expect(options.getByTestId("engine")).toBeVisible();
  const links = options.getByRole("navigation").getByRole("link");
  const names = await links.allTextContents();
  expect(names).toEqual(["Models", "Assistant", "Sites", "Shortcuts", "Performance", "Privacy", "About"]);
  for (const [i, name] of names.entries()) {
    await links.nth(i).click();
    await expect(options.getByRole("heading", { name, exact: true })).toBeInViewport();
  }
});

test("Measure says how fast the chosen model reads and writes, and can be stopped", async ({ extension }) => {
  await extension.store(random());
  const options = await extension.openOptions();
  const measure = options.getByRole("button", { name: /^Measure / });
  await measure.click();
  await options.getByRole("button", { name: "Stop" }).click();
  await expect(measure).toBeVisible();
  await expect(options.getByTestId("measured")).toHaveCount(0);
  await measure.click();
  await expect(options.getByTestId("measured").getByText(/^[\d.,]+ tok\/s$/)).toHaveCount(2);
  await options.getByRole("heading", { name: "Performance" }).scrollIntoViewIfNeeded();
  await options.getByRole("heading", { name: "About" }).scrollIntoViewIfNeeded();
  await screenshot(options, "options-performance");
});

test("Privacy says what is kept; Delete everything leaves nothing of it", async ({ chrome, extension, popup }) => {
  await extension.store(demo());
  await popup.bringToFront();
  await ask(popup, "Remember me");
  const options = await extension.openOptions();
  const privacy = options.getByRole("region", { name: "Privacy" });
  await options.getByRole("button", { name: "Add a prompt" }).click();
  await expect(privacy).toContainText(/Models1 · 1\.4 MB.*Conversations1.*prompts\d+ B/);

  await privacy.getByRole("button", { name: "Delete everything…" }).click();
  await options.getByRole("dialog").getByRole("button", { name: "Keep" }).click();
  await expect(options.getByTestId("model")).toHaveCount(1);
  await privacy.getByRole("button", { name: "Delete everything…" }).click();
  await options.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(privacy).toContainText(/Models0.*Conversations0.*prompts0 B/);
  await expect(options.getByTestId("model")).toHaveCount(0);
  await expect(options.getByTestId("prompt")).toHaveCount(0);
  expect(await stored(options)).toEqual(NOTHING);
  const again = await chrome.context.newPage();
  await again.goto(chrome.url("popup/index.html"));
  await expect(again.getByRole("button", { name: "Add a model" })).toBeVisible();
});
