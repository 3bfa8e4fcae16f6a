// What leaves the computer: nothing while a model is used; while one is downloaded, the requests for its bytes and no other.
import { ask, openPopup } from "../../scripts/lib/popup.mjs";
import { openSidePanel, said } from "../../scripts/lib/side-panel.mjs";
import { embeddedModel } from "../../scripts/setup/minilm.mjs";
import { serveDemo } from "../../scripts/start/demo-server.mjs";
import { Extension } from "./extension.ts";
import { expect, test } from "./fixtures.ts";
import { test as hubTest, REPOSITORY, start } from "./hub.ts";
import { DEMO_LAST, demo } from "./models.ts";
import { recordRequests } from "./net-log.ts";

test("no request is made while a model is imported and used, and while pages are summarized and asked about", async () => {
  const demoPage = await serveDemo();
  const requests = await recordRequests(async (chrome) => {
    const extension = new Extension(chrome);
    await extension.store(demo());
    const popup = await openPopup(chrome);
    expect((await ask(popup, "Is anyone listening?")).text).toContain(DEMO_LAST);
    const page = await chrome.context.newPage();
    await page.goto(demoPage.url);
    const panel = await extension.chooseAction(page, "summarize", "#lens");
    expect((await panel.answer()).text).toContain(DEMO_LAST);
    if (!embeddedModel()) return;
    const sidePanel = await openSidePanel(chrome, page);
    expect((await said(sidePanel)).points.length).toBeGreaterThan(2);
    await sidePanel.getByLabel("Ask about this page").fill("When was the first one lit?");
    await sidePanel.keyboard.press("Enter");
    expect((await said(sidePanel, "answer")).points.length).toBeGreaterThan(0);
    await sidePanel.getByRole("button", { name: /^Write it with/ }).click();
    await expect(sidePanel.getByTestId("summary-method")).toContainText("Written by");
    await said(sidePanel);
  });
  demoPage.close();
  expect(
    requests.map(({ url }) => url),
    "the log does record requests",
  ).toContain(demoPage.url);
  expect(requests.filter(({ url }) => !url.startsWith(demoPage.url))).toEqual([]);
});

hubTest("while a model is downloaded and used, its bytes are asked for and nothing else", async ({ hub, folder }) => {
  const requests = await recordRequests(
    async (chrome) => {
      const options = await new Extension(chrome).openOptions();
      await start(options, "Demo");
      await expect(options.getByTestId("model")).toContainText("Demo");
      const popup = await openPopup(chrome);
      expect((await ask(popup, "Is anyone listening?")).text).toContain(DEMO_LAST);
    },
    { ...(folder && { extension: folder }) },
  );
  const asked = new Set(requests.map(({ method, url }) => `${method} ${url.replace(/\?.*/, "?…")}`));
  const info = `${hub.url}/api/models/${REPOSITORY}/paths-info/main`;
  expect([...asked].filter((request) => !request.startsWith("GET "))).toEqual([`OPTIONS ${info}`, `POST ${info}`]);
  const gets = [...asked].filter((request) => request.startsWith("GET "));
  expect(gets).toHaveLength(2);
  expect(gets[0]).toBe(`GET ${hub.url}/${REPOSITORY}/resolve/main/demo.gguf`);
  expect(gets[1]).toMatch(new RegExp(`^GET ${hub.storageUrl}/blobs/[0-9a-f]{64}\\?…$`));
  for (const { cookie, referer, authorization } of hub.asked) expect({ cookie, referer, authorization }).toEqual({});
});

test("the extension may not connect anywhere else: its own policy stops it", async ({ popup, page }) => {
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
