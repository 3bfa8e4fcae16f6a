// A real, trained model through the whole extension.
import { readFileSync } from "node:fs";
import { ask } from "../../scripts/lib/popup.mjs";
import { set } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { fixture } from "./models.ts";

const FOLDER = ["models", "stories260K"];

test("stories260K in F32 tells its published story, greedily from the empty prompt", async ({ extension, popup }) => {
  const story = readFileSync(fixture(...FOLDER, "karpathy-expected-stdout.txt"), "utf8");
  await extension.store(fixture(...FOLDER, "stories260K-f32.gguf"));
  await expect(popup.getByTestId("plain-note"), "it has no chat template").toBeVisible();
  await set(popup, { Temperature: 0, "Maximum length": 240 });
  const { text, error } = await ask(popup, "");
  expect(error).toBeUndefined();
  expect(text.slice(0, story.length)).toBe(story);
});

for (const type of ["f16", "BF16", "Q8_0", "Q4_0"]) {
  test(`stories260K in ${type} tells a story too`, async ({ extension, popup }) => {
    await extension.store(fixture(...FOLDER, `stories260K-${type}.gguf`));
    await set(popup, { Temperature: 0, "Maximum length": 60 });
    const { text, error } = await ask(popup, "");
    expect(error).toBeUndefined();
    expect(text).toMatch(/^Once upon a time, there was a/);
  });
}
