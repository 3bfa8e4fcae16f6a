// Everything from a fresh clone to the extension at work: set-up, build, and a browser on a demo page, summarized by the built-in
// model or, with one of one's own, worked through chat and assistant.
import { build } from "./build.mjs";
import { launchChromeOrExplain } from "./lib/chrome.mjs";
import { heading, note, progress, step, UserError } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { importThroughOptions } from "./lib/popup.mjs";
import { requireBrowser } from "./setup/chromium.mjs";
import { embeddedModel } from "./setup/minilm.mjs";
import { forUse, setup } from "./setup.mjs";
import { HELP, startOptions } from "./start/args.mjs";
import { demoModel } from "./start/demo-model.mjs";
import { serveDemo } from "./start/demo-server.mjs";
import { headlessTour } from "./start/headless.mjs";
import { downloadFromHub, startHub } from "./start/hub.mjs";
import { summaryTour } from "./start/summary.mjs";

const hasDisplay = () => process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

await main(import.meta.url, async (argv) => {
  const options = startOptions(argv);
  if (options.help) return console.log(HELP);
  await setup(forUse);
  await build();
  const model = options.model ?? (embeddedModel() ? undefined : await demoModel());

  heading("Browser");
  const headless = options.headless || !hasDisplay();
  const browser = await requireBrowser();
  const demo = await serveDemo();
  const hub = options.hub ? await startHub(model ?? (await demoModel())) : undefined;
  const chrome = await launchChromeOrExplain({
    path: browser.path,
    headless,
    options: headless ? {} : { viewport: null },
    ...(hub && { extension: hub.extension }),
  });
  const interrupted = onInterrupt();
  try {
    step(`${browser.name} ${browser.version}`, headless ? "without a window" : "with the extension loaded");
    await Promise.race([tour({ chrome, model, headless, demo, options }), interrupted.promise]);
  } finally {
    interrupted.stop();
    await chrome.close();
    demo.close();
    await hub?.close();
  }
});

async function tour({ chrome, model, headless, demo, options }) {
  if (options.hub && !headless) return downloadByHand(chrome);
  if (options.hub) {
    const { error } = await downloadFromHub(chrome);
    if (error) throw new UserError(`The download failed: ${error}`);
    step("model downloaded and checked");
    return headlessTour(chrome, { prompt: options.prompt, demoUrl: demo.url });
  }
  if (model === undefined) {
    await summaryTour(chrome, { demoUrl: demo.url, headless });
    return headless ? undefined : stayOpen(chrome);
  }
  const line = progress(`Importing ${model} through the options page …`);
  const { error } = await importThroughOptions(chrome, model, line.update);
  line.end();
  if (error) throw new UserError(`Cannot use ${model}: ${error}`);
  step("model imported");
  if (headless) return headlessTour(chrome, { prompt: options.prompt, demoUrl: demo.url });

  const [page] = chrome.context.pages();
  await page.goto(demo.url);
  await page.bringToFront();
  step("the demo page is open");
  await stayOpen(chrome);
}

async function stayOpen(chrome) {
  note("Close the window, or press Ctrl-C here, to end.");
  await new Promise((resolve) => chrome.context.once("close", resolve));
}

async function downloadByHand(chrome) {
  const [page] = chrome.context.pages();
  await page.goto(chrome.url("options/index.html#get"));
  await page.bringToFront();
  step("the options page is open");
  await stayOpen(chrome);
}

/** Rejects at Ctrl-C or a polite kill, so that the browser, its profile and the server are cleaned up on the way out. */
function onInterrupt() {
  let handler;
  const promise = new Promise((_, reject) => {
    handler = () => reject(new UserError("Stopped."));
    process.once("SIGINT", handler).once("SIGTERM", handler);
  });
  promise.catch(() => {}); // it may reject after the race is over
  return { promise, stop: () => process.off("SIGINT", handler).off("SIGTERM", handler) };
}
