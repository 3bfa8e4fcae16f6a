// Nothing leaves the computer while a model is used. Chromium's own log of its network stack is the witness: whatever any of
// its processes asks for is in there, from pages, workers, the service worker and the extension alike.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchChrome } from "../../scripts/lib/chrome.mjs";
import { ask, openPopup } from "../../scripts/lib/popup.mjs";
import { openSidePanel, said } from "../../scripts/lib/side-panel.mjs";
import { embeddedModel } from "../../scripts/setup/minilm.mjs";
import { serveDemo } from "../../scripts/start/demo-server.mjs";
import { Extension } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { DEMO_LAST, demo } from "./models.ts";

interface NetLog {
  constants: { logEventTypes: Record<string, number> };
  events: { type: number; params?: { url?: string; initiator?: string } }[];
}

test("no request is made while a model is imported and used, and while pages are summarized and asked about", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chord-netlog-"));
  const file = join(folder, "net.json");
  const demoPage = await serveDemo();
  const chrome = await launchChrome({
    path: process.env.CHORD_E2E_BROWSER ?? "",
    headless: true,
    args: [`--log-net-log=${file}`, "--net-log-capture-mode=IncludeSensitive"],
  });
  const extension = new Extension(chrome);
  await extension.store(demo());
  const popup = await openPopup(chrome);
  expect((await ask(popup, "Is anyone listening?")).text).toContain(DEMO_LAST);
  const page = await chrome.context.newPage();
  await page.goto(demoPage.url);
  const panel = await extension.chooseAction(page, "summarize", "#lens");
  expect((await panel.answer()).text).toContain(DEMO_LAST);
  if (embeddedModel()) {
    const sidePanel = await openSidePanel(chrome, page);
    expect((await said(sidePanel)).points.length).toBeGreaterThan(2);
    await sidePanel.getByLabel("Ask about this page").fill("When was the first one lit?");
    await sidePanel.keyboard.press("Enter");
    expect((await said(sidePanel, "answer")).points.length).toBeGreaterThan(0);
    await sidePanel.getByRole("button", { name: /^Write it with/ }).click();
    await expect(sidePanel.getByTestId("summary-method")).toContainText("Written by");
    await said(sidePanel);
  }
  await chrome.close(); // the log is whole when the browser has ended
  demoPage.close();

  const log: NetLog = JSON.parse(readFileSync(file, "utf8"));
  rmSync(folder, { recursive: true });
  const start = log.constants.logEventTypes.URL_REQUEST_START_JOB;
  const requests = log.events.filter((event) => event.type === start && event.params?.url);
  const urls = requests.map((event) => event.params?.url ?? "");
  expect(urls, "the log does record requests").toContain(demoPage.url);
  const remote = requests
    .map((event) => ({ url: event.params?.url ?? "", initiator: event.params?.initiator ?? "" }))
    .filter(({ url }) => /^(https?|wss?):/.test(url) && !url.startsWith(demoPage.url));
  // The browser's updater and its sign-in check run whatever is loaded; nobody's page or extension asked for them.
  const browsersOwn = /^https?:\/\/(update\.googleapis\.com|accounts\.google\.com)\//;
  expect(remote.filter(({ url, initiator }) => initiator !== "not an origin" || !browsersOwn.test(url))).toEqual([]);
});

test("the extension may not connect anywhere: its own policy stops it", async ({ popup, page }) => {
  const outcome = await popup.evaluate(
    (url) =>
      fetch(url).then(
        () => "connected",
        () => "refused",
      ),
    page.url(),
  );
  expect(outcome).toBe("refused");
});
