// Models on a GPU, with the one that there is on every machine: SwiftShader, which is software and taken only where a test asks
// for it. Whatever becomes of it, the answer comes.
import type { Page } from "@playwright/test";
import { ask, openPopup } from "../../scripts/lib/popup.mjs";
import { fillGpu, loseGpu } from "./debug.ts";
import { type Extension, lastAnswer, send, set } from "./extension.ts";
import { expect, screenshot, test } from "./fixtures.ts";
import { checkLayout } from "./layout.ts";
import { DEMO_LAST, demo, endlessDemo } from "./models.ts";

const SWIFTSHADER = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

/** Before it, SwiftShader compiles every kernel. */
const FIRST_WORD = { timeout: 60_000 };

/** What the chip says that the model runs on. */
const device = (popup: Page) => popup.locator(".chip-device");
const notes = (popup: Page) => popup.getByTestId("gpu-note");

test.describe("a browser without a GPU", () => {
  test.use({ flags: ["--disable-gpu"] });

  test("the answer comes from the processor, and the options say why", async ({ extension, popup }) => {
    await extension.store(demo());
    expect((await ask(popup, "Which one are you?")).text).toContain(DEMO_LAST);
    await expect(notes(popup)).toHaveCount(0);
    await expect(device(popup)).toContainText("CPU");
    const line = (await extension.openOptions()).getByTestId("engine");
    await expect(line).toContainText("The graphics card is not used: the browser offers none.");
  });
});

test.describe("a browser whose GPU is software", () => {
  test.use({ flags: SWIFTSHADER });
  test.setTimeout(180_000);

  test("it is not taken, not even on the person's word, and the options say why", async ({ extension, popup }) => {
    await extension.store(demo());
    expect((await ask(popup, "Which one are you?")).text).toContain(DEMO_LAST);
    await expect(notes(popup)).toHaveCount(0);
    await expect(device(popup)).toContainText("CPU");

    const options = await extension.openOptions();
    const line = options.getByTestId("engine");
    const chosen = options.getByRole("radio", { checked: true });
    await expect(line).toContainText("only one that the processor emulates");
    await expect(chosen).toHaveAccessibleName("Automatic");
    await chosen.focus();
    await options.keyboard.press("ArrowUp"); // around to the last
    await expect(chosen).toHaveAccessibleName("Processor (CPU)");
    await expect(line).not.toContainText("graphics card");
    await options.keyboard.press("ArrowUp");
    await expect(chosen).toHaveAccessibleName("Graphics card (GPU)");
    await expect(line).toContainText("only one that the processor emulates");
    await expect(line).toHaveAttribute("data-build", "threads");
    await options.reload();
    await expect(chosen).toHaveAccessibleName("Graphics card (GPU)");
    await checkLayout(options);
    await options.getByRole("heading", { name: "About" }).scrollIntoViewIfNeeded();
    await screenshot(options, "options-gpu");

    await popup.bringToFront();
    expect((await ask(popup, "And now?")).text).toContain(DEMO_LAST);
  });

  test("where it may be taken, Stop is heard while it is prepared, and it writes what the processor writes", async ({
    extension,
  }) => {
    const popup = await onGpu(extension, demo());
    await popup.addInitScript(noteEvents);
    await popup.reload();
    const stopped = popup.evaluate(stopWhile, "Preparing the graphics card");
    await send(popup, "Which one are you?");
    await stopped;
    await popup.waitForFunction(() => events.at(-1)?.type === "cancelled");
    const last = await popup.evaluate(() => events.findLast(({ type }) => type === "kernels"));
    expect(last?.done, "it was not waited for the rest").toBeLessThan(last?.total ?? 0);
    await popup.getByRole("button", { name: "New conversation" }).click();

    const prepared = popup.evaluate(sayingOf, "Preparing the graphics card");
    const onTheGpu = await ask(popup, "Which one are you?");
    expect(await prepared).toMatch(/^Preparing the graphics card… \d+ of \d+/);
    expect(onTheGpu.error).toBeUndefined();
    await expect(device(popup)).toHaveText("GPU");

    await extension.computeOn("Processor (CPU)", "threads");
    await popup.bringToFront();
    await popup.getByRole("button", { name: "New conversation" }).click();
    const onTheProcessor = await ask(popup, "Which one are you?");
    await expect(device(popup)).toContainText("CPU");
    expect(onTheGpu.text).toContain(DEMO_LAST);
    expect(onTheGpu.text).toBe(onTheProcessor.text);
    await expect(notes(popup)).toHaveCount(0);
  });

  test("it is lost in the middle of an answer: the answer goes on to its end, and so does everything after", async ({
    chrome,
    extension,
  }) => {
    const popup = await onGpu(extension, endlessDemo());
    await set(popup, { "Maximum length": 300 });
    await send(popup, "Go on.");
    await expect(lastAnswer(popup)).toHaveAttribute("data-state", "streaming", FIRST_WORD);
    await loseGpu(chrome.cdp);
    await expect(notes(popup)).toHaveText("The graphics card stopped answering, so the processor took over.");
    await expect(lastAnswer(popup)).toHaveAttribute("data-state", "done");
    await expect(notes(popup)).toHaveCount(1);
    await expect(popup.getByText("Stopped at the maximum length (300 tokens).")).toBeVisible();
    await expect(device(popup)).toContainText("CPU");
    await checkLayout(popup);
    await screenshot(popup, "popup-gpu-lost");
    const moved = await lastAnswer(popup).innerText();

    await popup.getByRole("button", { name: "New conversation" }).click();
    const undisturbed = await ask(popup, "Go on.");
    expect(moved).toBe(undisturbed.text);
    await expect(notes(popup)).toHaveCount(0);

    const options = await extension.openOptions();
    const line = options.getByTestId("engine");
    await expect(line).toContainText("The graphics card is not used: it stopped answering.");
    const again = options.getByRole("button", { name: "Try it again now" });
    await again.press("Enter");
    await expect(line).toHaveAttribute("data-build", "gpu");
    await expect(again).toHaveCount(0);
    await expect(options.getByRole("heading", { name: "Performance" })).toBeFocused(); // where the button was
  });

  test("its memory is too small for the model: it is loaded elsewhere, and one sentence says so", async ({
    chrome,
    extension,
  }) => {
    const popup = await onGpu(extension, demo());
    await fillGpu(chrome.cdp, 100_000); // less than the model's largest tensor
    expect((await ask(popup, "Which one are you?")).text).toContain(DEMO_LAST);
    await expect(notes(popup)).toHaveText("The graphics card ran out of memory, so the processor took over.");
    expect((await ask(popup, "And now?")).text).toContain(DEMO_LAST);
    await expect(notes(popup)).toHaveCount(1);
    await expect(device(popup)).toContainText("CPU");
  });
});

/** What the engine has said to the popup, once `noteEvents` has run in it. */
declare const events: { type: string; done?: number; total?: number }[];

/** Has the popup's `events` be what the engine says to it from now on; runs in the popup before its own scripts. */
function noteEvents(): void {
  const noted: typeof events = [];
  const connect = chrome.runtime.connect as (...args: unknown[]) => chrome.runtime.Port;
  const connectAndNote = (...args: unknown[]) => {
    const port = connect(...args);
    port.onMessage.addListener((event) => void noted.push(event));
    return port;
  };
  Object.assign(globalThis, { events: noted });
  Object.assign(chrome.runtime, { connect: connectAndNote });
}

/** Presses Stop once the status speaks of `what`; runs in the popup. */
function stopWhile(what: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.querySelector('[data-testid="status"]')?.textContent ?? "";
      const stop = document.querySelector<HTMLButtonElement>('button[aria-label="Stop"]');
      if (!text.startsWith(what) || !stop) return;
      observer.disconnect();
      stop.click();
      resolve();
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** What the status says once it speaks of `what`; runs in the popup. */
function sayingOf(what: string): Promise<string> {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.querySelector('[data-testid="status"]')?.textContent ?? "";
      if (!text.startsWith(what)) return;
      observer.disconnect();
      resolve(text);
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** Stores a model, has it run on the GPU and always answer the same, and opens the popup. */
async function onGpu(extension: Extension, file: string): Promise<Page> {
  await extension.runEngine("softwareGpu=1");
  await extension.store(file);
  await extension.computeOn("Graphics card (GPU)", "gpu");
  const popup = await openPopup(extension.chrome);
  await set(popup, { Temperature: 0 });
  return popup;
}
