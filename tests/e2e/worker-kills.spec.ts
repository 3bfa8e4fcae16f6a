// Chrome may stop the service worker at any moment. Two hundred times it does so at a random one, while answers stream: every
// answer comes whole, and none hangs.
import type { Page } from "@playwright/test";
import { ask } from "../../scripts/lib/popup.mjs";
import { lastAnswer, set } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { DEMO_FIRST, DEMO_LAST, demo } from "./models.ts";

const KILLS = 200;
const LONGEST_WAIT_MS = 120;

test("200 times the service worker is killed while answers stream: nothing is lost, nothing hangs", async ({
  extension,
  popup,
}) => {
  test.setTimeout(240_000);
  await extension.storeSlow(demo());
  await set(popup, { Temperature: 0 });
  const expected = (await ask(popup, "Go on.")).text;
  expect(expected.startsWith(DEMO_FIRST) && expected.endsWith(DEMO_LAST)).toBe(true);

  const other = await extension.openOptions();
  await popup.bringToFront();
  const session = await other.context().newCDPSession(other);
  await session.send("ServiceWorker.enable");
  const killing = { done: 0 };
  const killed = (async () => {
    for (; killing.done < KILLS; killing.done += 1) {
      await wake(other);
      await other.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), Math.random() * LONGEST_WAIT_MS);
      await session.send("ServiceWorker.stopAllWorkers");
    }
  })();

  let answers = 0;
  while (killing.done < KILLS) {
    await popup.getByRole("button", { name: "New conversation" }).click();
    const { text, error } = await ask(popup, "Once more.");
    expect(error, `after ${killing.done} kills`).toBeUndefined();
    expect(text, `after ${killing.done} kills`).toBe(expected);
    answers += 1;
    // A popup that opens has to find its way to the engine anew.
    await popup.reload();
    await expect(lastAnswer(popup)).toHaveText(expected);
  }
  await killed;
  expect(answers).toBeGreaterThan(5);
});

/** Has the service worker started and answering, unless it is killed meanwhile. */
async function wake(page: Page): Promise<void> {
  await page.evaluate(() => chrome.runtime.sendMessage({ type: "engine.ensure" }).catch(() => {}));
}
