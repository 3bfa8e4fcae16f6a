// The popup: a question goes in, an answer streams out, and Stop stops it.
import { clickToolbarButton } from "../../scripts/lib/chrome.mjs";
import { ask } from "../../scripts/lib/popup.mjs";
import { targets } from "./debug.ts";
import { lastAnswer, send, set } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { changedDemo, DEMO_FIRST, DEMO_LAST, demo, endlessDemo } from "./models.ts";

test("an answer streams in many pieces and ends with its speed", async ({ extension, popup }) => {
  await extension.storeSlow(demo());
  const pieces: string[] = [];
  const { text, stats, error } = await ask(popup, "What are you?", (piece) => pieces.push(piece));
  expect(error).toBeUndefined();
  expect(text.startsWith(DEMO_FIRST)).toBe(true);
  expect(text.endsWith(DEMO_LAST)).toBe(true);
  expect(pieces.length, "pieces as they were shown").toBeGreaterThan(1);
  expect(pieces.join("")).toBe(text);
  expect(stats).toMatch(/\d+ tok\/s/);
  await expect(popup.getByTestId("question")).toContainText("What are you?");
});

test("Enter sends, a second question follows the first, and a new conversation is empty", async ({
  extension,
  popup,
}) => {
  await extension.store(demo());
  const box = popup.getByRole("textbox", { name: "Message" });
  for (const [i, question] of ["One?", "Two?"].entries()) {
    await box.fill(question);
    await box.press("Enter");
    await expect(popup.getByTestId("answer")).toHaveCount(i + 1);
    await expect(lastAnswer(popup)).toHaveAttribute("data-state", "done");
    await expect(lastAnswer(popup)).toContainText(DEMO_LAST);
  }
  await expect(popup.getByTestId("question")).toContainText(["One?", "Two?"]);
  await popup.getByRole("button", { name: "New conversation" }).click();
  await expect(popup.getByTestId("question")).toHaveCount(0);
  await expect(popup.getByTestId("answer")).toHaveCount(0);
});

test("Stop ends an answer at once, keeps what is there, and frees the engine", async ({ extension, popup }) => {
  await extension.storeSlow(endlessDemo());
  await set(popup, { "Maximum length": 4000 });
  await send(popup, "Go on.");
  await expect(lastAnswer(popup)).toContainText(DEMO_LAST);

  // In one go: the click, and what is shown then.
  const shown = await popup.evaluate(() => {
    const answer =
      document.querySelector('[data-testid="answer"]:last-of-type') ?? document.querySelector('[data-testid="answer"]');
    const stop = [...document.querySelectorAll("button")].find(
      (b) => (b.ariaLabel ?? b.textContent)?.trim() === "Stop",
    );
    stop?.click();
    return answer?.textContent ?? "";
  });
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "stopped");
  const kept = (await lastAnswer(popup).textContent()) ?? "";
  expect(kept, "nothing came after the click").toBe(shown);

  await set(popup, { "Maximum length": 5 });
  await send(popup, "Again.");
  await expect(popup.getByTestId("answer")).toHaveCount(2);
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "done");
  await expect(popup.getByTestId("answer").first()).toHaveText(kept);
});

test("a question that was closed before the engine heard it is asked when the popup opens again", async ({
  extension,
  popup,
}) => {
  await extension.store(demo());
  await popup.reload();
  await popup.evaluate(() => {
    chrome.runtime.sendMessage = () => new Promise(() => {}); // the way to the engine takes its time
  });
  await send(popup, "Are you there?");
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "waiting");
  await popup.reload();
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "done");
  await expect(popup.getByTestId("question")).toHaveCount(1);
  await expect(lastAnswer(popup)).toContainText(DEMO_LAST);
});

test("one that was asked long ago waits for a click", async ({ extension, popup }) => {
  await extension.store(demo());
  await popup.reload();
  await popup.evaluate(() => {
    chrome.runtime.sendMessage = () => new Promise(() => {});
    const { now } = Date;
    Date.now = () => now() - 3_600_000;
  });
  await send(popup, "Are you there?");
  await expect(lastAnswer(popup)).toHaveAttribute("data-state", "waiting");
  await popup.reload();
  await expect(popup.getByRole("region", { name: "Conversation" }).getByText("closed before")).toBeVisible();
  await popup.getByRole("button", { name: "Ask again", exact: true }).click();
  await expect(lastAnswer(popup)).toContainText(DEMO_LAST);
});

test("a model answers as its makers recommend, keeps its own settings, and goes back to its defaults", async ({
  extension,
  popup,
}) => {
  await extension.store(demo());
  await extension.store(changedDemo("Qwen3-tiny.gguf", (bytes) => bytes.writeUInt8(0, bytes.length - 1)));
  const choose = async (name: string) => {
    await popup.getByRole("button", { name: /^Model:/ }).click();
    await popup.getByRole("menuitemradio", { name }).click();
  };
  const temperature = popup.getByRole("spinbutton", { name: "Temperature" });
  const reset = popup.getByRole("button", { name: "Reset to this model's defaults" });
  await choose("demo");
  await set(popup, { Temperature: 0.3 });
  await popup.getByRole("button", { name: "Settings" }).click();
  await expect(temperature).toHaveValue("0.3");
  await choose("Qwen3-tiny");
  await expect(temperature).toHaveValue("0.6");
  await expect(reset).toBeDisabled();
  await choose("demo");
  await expect(temperature).toHaveValue("0.3");
  await reset.click();
  await expect(temperature).toHaveValue("0.7");
});

test("how much of the model's context is used is told, and when little is left", async ({ extension, popup }) => {
  await extension.store(endlessDemo());
  await set(popup, { "Maximum length": 40 });
  expect((await ask(popup, "What are you?")).error).toBeUndefined();
  await expect(popup.getByTestId("context")).toHaveText(/^\d+ of [\d,]+ tokens$/);
  await expect(popup.getByTestId("nearly-full")).toHaveCount(0);
  await set(popup, { "Maximum length": 30000 });
  await ask(popup, "Go on.");
  await expect(popup.getByTestId("context")).toHaveAttribute("data-full", "true");
  await popup.getByTestId("nearly-full").getByRole("button", { name: "New conversation" }).click();
  await expect(popup.getByTestId("answer")).toHaveCount(0);
  await expect(popup.getByTestId("context")).toHaveCount(0);
});

test("the toolbar button opens the popup over the page", async ({ chrome, page, extension }) => {
  await extension.store(demo());
  await clickToolbarButton(chrome, page);
  await expect
    .poll(async () => (await targets(chrome.cdp)).map((target) => target.url))
    .toContain(chrome.url("popup/index.html"));
});
