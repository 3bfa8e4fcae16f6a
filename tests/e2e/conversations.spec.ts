// Conversations that are kept: found again, renamed, deleted and brought back, taken out and in, and branched.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { ask } from "../../scripts/lib/popup.mjs";
import { lastAnswer, set } from "./extension.ts";
import { test as base, expect } from "./fixtures.ts";
import { DEMO_LAST, demo } from "./models.ts";

const test = base.extend<{ popup: Page }>({
  popup: async ({ extension, popup }, use) => {
    await extension.store(demo());
    await popup.reload();
    await use(popup);
  },
});

const list = (popup: Page) => popup.getByRole("button", { name: "All conversations" });
const rows = (popup: Page) => popup.getByTestId("conversation");

async function talk(popup: Page, ...questions: string[]) {
  await popup.getByRole("button", { name: "New conversation" }).click();
  for (const question of questions) expect((await ask(popup, question)).error).toBeUndefined();
}

test("conversations are listed, searched and opened again, also after the browser's popup was closed", async ({
  popup,
}) => {
  await talk(popup, "Why do lighthouses blink?");
  await talk(popup, "How hot should tea be?", "And coffee?");
  await popup.reload();
  await expect(popup.getByTestId("question")).toContainText(["How hot should tea be?", "And coffee?"]);

  await list(popup).click();
  await expect(rows(popup)).toContainText(["How hot should tea be?", "Why do lighthouses blink?"]);
  await popup.getByRole("searchbox", { name: "Search conversations" }).fill("LIGHTHOUSES");
  await expect(rows(popup)).toHaveCount(1);
  await rows(popup).getByRole("button", { name: "Why do lighthouses blink?" }).first().click();
  await expect(popup.getByTestId("question")).toContainText(["Why do lighthouses blink?"]);
  await expect(popup.getByTestId("question")).toHaveCount(1);
  await expect(lastAnswer(popup)).toContainText(DEMO_LAST);
});

test("one is renamed; one is deleted, and Undo brings it back", async ({ popup }) => {
  await talk(popup, "Why do lighthouses blink?");
  await list(popup).click();
  await rows(popup).hover();
  await rows(popup)
    .getByRole("button", { name: /^Rename/ })
    .click();
  await popup.getByRole("textbox", { name: "Name of the conversation" }).fill("Towers");
  await popup.keyboard.press("Enter");
  await expect(rows(popup)).toContainText(["Towers"]);
  await expect(list(popup)).toContainText("Towers");

  await rows(popup).hover();
  await rows(popup)
    .getByRole("button", { name: /^Delete/ })
    .click();
  await expect(rows(popup)).toHaveCount(0);
  await popup.getByRole("button", { name: "Undo" }).click();
  await expect(rows(popup)).toContainText(["Towers"]);
  await popup.reload();
  await list(popup).click();
  await expect(rows(popup)).toContainText(["Towers"]);
});

test("what is exported can be imported; another file is refused", async ({ popup }, info) => {
  await talk(popup, "Why do lighthouses blink?");
  await list(popup).click();
  const [file] = await Promise.all([
    popup.waitForEvent("download"),
    popup.getByRole("button", { name: "Export all" }).click(),
  ]);
  const path = info.outputPath("all.json");
  await file.saveAs(path);
  expect(JSON.parse(readFileSync(path, "utf8")).conversations).toHaveLength(1);
  await popup.getByTestId("conversations-file").setInputFiles(path);
  await expect(rows(popup)).toContainText(["Why do lighthouses blink?", "Why do lighthouses blink?"]);
  await popup.getByTestId("conversations-file").setInputFiles(demo());
  await expect(popup.getByRole("alert")).toContainText("Nothing was changed");
  await expect(rows(popup)).toHaveCount(2);

  await rows(popup).first().hover();
  const [markdown] = await Promise.all([
    popup.waitForEvent("download"),
    rows(popup)
      .first()
      .getByRole("button", { name: /^Save as Markdown/ })
      .click(),
  ]);
  expect(markdown.suggestedFilename()).toBe("Why do lighthouses blink.md");
});

test("the last question is edited in place; an earlier one in a branch, and a branch leaves what it came from", async ({
  popup,
}) => {
  await set(popup, { "Maximum length": 20 });
  await talk(popup, "One?", "Two?");
  const edit = async (at: number, text: string) => {
    await popup.getByTestId("question").nth(at).hover();
    await popup.getByRole("button", { name: "Edit and ask again" }).nth(at).click();
    await popup.getByRole("textbox", { name: "Message" }).fill(text);
    await popup.keyboard.press("Enter");
    await expect(lastAnswer(popup)).toHaveAttribute("data-state", "done");
  };
  const questions = popup.getByTestId("question");
  await edit(1, "Two, or three?");
  await expect(questions).toHaveText([/One\?/, /Two, or three\?/]);

  await edit(0, "Another one?");
  await expect(questions).toHaveText([/Another one\?/]);
  await list(popup).click();
  await expect(rows(popup)).toHaveCount(2);
  await rows(popup)
    .getByRole("button", { name: /^One\?/ })
    .first()
    .click();
  await expect(questions).toHaveText([/One\?/, /Two, or three\?/]);

  await popup.getByRole("button", { name: "Branch from here" }).first().click();
  await expect(questions).toHaveText([/One\?/]);
  await popup.getByRole("button", { name: "Regenerate" }).click();
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "done");
  await list(popup).click();
  await expect(rows(popup)).toHaveCount(3);
});
