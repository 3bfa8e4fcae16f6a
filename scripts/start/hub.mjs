// `npm start -- --hub`: a model hub on this machine, slow enough to watch, with the model in the place of the catalogue's.
import { basename } from "node:path";
import { entry, extensionFor } from "../../tests/hub/extension.mjs";
import { Hub } from "../../tests/hub/hub.mjs";
import { heading, step } from "../lib/log.mjs";
import { randomModel } from "./demo-model.mjs";

const REPOSITORY = "chord/local-GGUF";
/** Bytes a second: a good line. The larger model takes ten seconds. */
const RATE = 9e6;

/** @param {string} model */
export async function startHub(model) {
  heading("Hub");
  const hub = await Hub.start();
  /** @type {object[]} */
  const offered = [];
  /** @type {[name: string, path: string, goodAt: string][]} */
  const models = [
    ["This computer's model", model, "Trying downloads out."],
    ["Random weights", await randomModel(), "Watching a longer download: pause it, close the page, end the browser."],
  ];
  for (const [name, path, goodAt] of models) {
    const file = await hub.offer(REPOSITORY, basename(path), path);
    offered.push(
      entry(
        { repository: REPOSITORY, file: basename(path), name, ...file },
        { goodAt: { en: goodAt }, quality: 2 - offered.length },
      ),
    );
  }
  hub.rate = RATE;
  const { folder, remove } = extensionFor(hub, offered);
  step(hub.url, "what the list on the options page is downloaded from");
  return {
    extension: folder,
    async close() {
      await hub.close();
      remove();
    },
  };
}

/**
 * Downloads the hub's first model as a person does.
 * @param {import("../lib/chrome.mjs").Chrome} chrome
 * @returns {Promise<{ error?: string }>}
 */
export async function downloadFromHub(chrome) {
  const page = await chrome.context.newPage();
  await page.goto(chrome.url("options/index.html"));
  await page.getByTestId("offer").first().getByRole("button").click();
  const stored = page.getByTestId("model");
  const failed = page.getByRole("alert");
  await stored.or(failed).first().waitFor({ timeout: 0 });
  const error = (await failed.count()) > 0 ? ((await failed.first().textContent()) ?? "").trim() : undefined;
  await page.close();
  return { error };
}
