// Tests with a model hub: a browser whose extension knows one on this machine in the place of the real one.
import type { Locator, Page } from "@playwright/test";
import { entry, extensionFor } from "../hub/extension.mjs";
import { Hub } from "../hub/hub.mjs";
import { test as base, expect } from "./fixtures.ts";
import { demo, demoParts, largeDemo } from "./models.ts";

interface Fixtures {
  /** Offers the demo model as "Demo", a large one as "Large", and one in three parts. */
  hub: Hub;
  /** The options page. */
  options: Page;
}

export const REPOSITORY = "chord/demo-GGUF";

export const test = base.extend<Fixtures>({
  hub: async ({ browserName: _ }, use) => {
    const hub = await Hub.start();
    await hub.offer(REPOSITORY, "demo.gguf", demo());
    for (const path of demoParts()) await hub.offer(REPOSITORY, path.split("/").at(-1) ?? "", path);
    await use(hub);
    await hub.close();
  },

  folder: async ({ hub }, use) => {
    const small = await hub.offer(REPOSITORY, "demo.gguf", demo());
    const large = await hub.offer(REPOSITORY, "large.gguf", largeDemo("large.gguf", 40_000_000));
    const { folder, remove } = extensionFor(hub, [
      entry({ repository: REPOSITORY, file: "demo.gguf", name: "Demo", ...small }),
      entry({ repository: REPOSITORY, file: "large.gguf", name: "Large", ...large }, { quality: 2 }),
    ]);
    await use(folder);
    remove();
  },

  options: async ({ extension }, use) => use(await extension.openOptions()),
});

export { expect };

export const offer = (options: Page, name: string): Locator =>
  options.getByTestId("offer").filter({ has: options.getByRole("heading", { name, exact: false }) });

export const download = (options: Page): Locator => options.getByTestId("download");

export const start = (options: Page, name: string): Promise<void> =>
  offer(options, name)
    .getByRole("button", { name: `Download ${name}` })
    .click();

/** Asks for the file at an address. */
export async function startFrom(options: Page, url: string): Promise<void> {
  await options.getByLabel("Another model").fill(url);
  await options.getByRole("button", { name: "Download", exact: true }).click();
}

/** What the engine's database holds. */
export function stored(page: Page): Promise<{ manifests: number; partials: number; chunks: number }> {
  return page.evaluate(async () => {
    const open = indexedDB.open("chord");
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      open.onsuccess = () => resolve(open.result);
      open.onerror = () => reject(open.error);
    });
    const count = (store: string) =>
      new Promise<number>((resolve, reject) => {
        const request = database.transaction(store).objectStore(store).count();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const counts = {
      manifests: await count("manifests"),
      partials: await count("partials"),
      chunks: await count("chunks"),
    };
    database.close();
    return counts;
  });
}

export const NOTHING = { manifests: 0, partials: 0, chunks: 0 };
