// A hub and a network that fail, one way at a time: each ends in a sentence and a consistent store, or is got over unseen.
import type { Page } from "@playwright/test";
import type { Hub } from "../hub/hub.mjs";
import { fillDisk } from "./debug.ts";
import { download, expect, NOTHING, offer, REPOSITORY, start, startFrom, stored, test } from "./hub.ts";

const finished = (options: Page, name = "Large") => expect(options.getByTestId("model")).toContainText(name);

test("whatever breaks on the way is taken up where it broke", async ({ hub, options }) => {
  hub.fault({ on: "api", times: 1, status: 503, headers: { "retry-after": "0" } });
  hub.fault({ on: "resolve", times: 1, status: 429, headers: { "retry-after": "0" } });
  hub.fault({ on: "blob", times: 1, cutAfter: 10_000_000 });
  hub.fault({ on: "blob", times: 1, endAfter: 5_000_000 });
  await start(options, "Large");
  await finished(options);
  const [first, second, third] = hub.ranges();
  expect(first).toBeUndefined();
  // What was on its way when the connection broke is lost.
  const begin = (range: string | undefined) => Number(/bytes=(\d+)-/.exec(range ?? "")?.[1]);
  expect(begin(second)).toBeGreaterThan(0);
  expect(begin(second)).toBeLessThanOrEqual(10_000_000);
  expect(begin(third)).toBe(begin(second) + 5_000_000);
  expect(await stored(options)).toEqual({ manifests: 1, partials: 0, chunks: 3 });
});

test("a signature that ran out leads back to the hub", async ({ hub, options }) => {
  hub.fault({ on: "blob", times: 1, cutAfter: 8_000_000 });
  await start(options, "Large");
  hub.fault({ on: "resolve", times: 1, expired: true });
  await finished(options);
  const asked = hub.asked.map(({ url }) => url);
  expect(asked.filter((url) => url.includes("Signature=0"))).toHaveLength(1);
});

test("a server that ignores ranges is read again up to what is missing", async ({ hub, options }) => {
  hub.fault({ on: "blob", times: 1, holdAfter: 20_000_000 });
  await start(options, "Large");
  await hub.held();
  await expect(download(options)).toContainText("20 MB of 40 MB");
  await download(options).getByRole("button", { name: "Pause Large" }).click();
  await expect(download(options)).toHaveAttribute("data-phase", "paused");
  hub.fault({ on: "blob", times: 1, ignoreRange: true, holdAfter: 5_000_000 });
  await download(options).getByRole("button", { name: "Resume Large" }).click();
  await hub.held();
  await expect(download(options)).toContainText(/starts anew: 1[0-9] MB come once more/);
  hub.release();
  await finished(options);
});

test("wrong bytes are noticed, discarded, and the right ones come the next time", async ({ hub, options }) => {
  hub.fault({ on: "blob", times: 1, flip: 39_000_000 });
  await start(options, "Large");
  const alert = download(options).getByRole("alert");
  await expect(alert).toContainText("checksum is wrong");
  await expect(alert).toHaveAttribute("data-code", "wrong_digest");
  expect(await stored(options)).toEqual({ manifests: 0, partials: 1, chunks: 0 });
  await download(options).getByRole("button", { name: "Try again Large" }).click();
  await finished(options);
});

interface Case {
  what: string;
  break: (hub: Hub) => void;
  code: string;
  says: RegExp;
}

/** Refused before a byte is asked for. */
const AT_ONCE: Case[] = [
  {
    what: "a model that the hub does not have",
    break: (hub) => hub.fault({ on: "api", body: "[]", headers: { "content-type": "application/json" } }),
    code: "download_missing",
    says: /no such file/,
  },
  {
    what: "a model that is not for everyone",
    break: (hub) => hub.fault({ on: "api", status: 401 }),
    code: "download_denied",
    says: /sign in/,
  },
  {
    what: "a hub that answers with a web page",
    break: (hub) => hub.fault({ on: "api", body: "<!doctype html>", headers: { "content-type": "text/html" } }),
    code: "not_a_file",
    says: /web page/,
  },
  {
    what: "another file than the one listed",
    break: (hub) => hub.fault({ on: "api", announce: { oid: "a".repeat(64) } }),
    code: "not_as_listed",
    says: /another file/,
  },
  {
    what: "a file larger than the disk",
    break: (hub) => hub.fault({ on: "api", announce: { size: 2 ** 50 } }),
    code: "quota",
    says: /not enough storage space/i,
  },
];

test("what cannot begin says so beside its button, and asks for no byte", async ({ hub, options }) => {
  const row = offer(options, "Demo");
  for (const { what, break: breakIt, code, says } of AT_ONCE) {
    await test.step(what, async () => {
      hub.heal();
      breakIt(hub);
      await row
        .getByRole("button", { name: /Retry|Download Demo/ })
        .last()
        .click();
      await expect(row.getByRole("alert")).toHaveAttribute("data-code", code);
      await expect(row.getByRole("alert")).toContainText(says);
    });
  }
  await startFrom(options, "https://example.com/model.gguf");
  const alert = options.locator("form.address").getByRole("alert");
  await expect(alert).toHaveAttribute("data-code", "bad_address");
  await expect(alert).toContainText("like http://127.0.0.1");
  expect(hub.ranges()).toEqual([]);
  expect(await stored(options)).toEqual(NOTHING);
});

/** Begun, and stopped by what comes. */
const MIDWAY: Case[] = [
  {
    what: "a file that is gone",
    break: (hub) => hub.fault({ on: "resolve", status: 404 }),
    code: "download_missing",
    says: /no such file/,
  },
  {
    what: "a web page in the place of the file",
    break: (hub) => hub.fault({ on: "blob", body: "<!doctype html>", headers: { "content-type": "text/html" } }),
    code: "not_a_file",
    says: /web page/,
  },
  {
    what: "a page that says it is a file",
    break: (hub) => hub.fault({ on: "blob", body: "<!doctype html>" }),
    code: "not_gguf",
    says: /not a GGUF/,
  },
  {
    what: "a length that is not the announced one",
    break: (hub) => hub.fault({ on: "api", announce: { size: 1_000_000 } }),
    code: "wrong_length",
    says: /1,000,000 bytes/,
  },
];

test("what stops a download says so in its row, and nothing useless is kept", async ({ hub, options }) => {
  for (const { what, break: breakIt, code, says } of MIDWAY) {
    await test.step(what, async () => {
      hub.heal();
      breakIt(hub);
      await startFrom(options, `${hub.url}/${REPOSITORY}/resolve/main/demo.gguf`);
      const alert = download(options).getByRole("alert");
      await expect(alert).toHaveAttribute("data-code", code);
      await expect(alert).toContainText(says);
      await download(options).getByRole("button", { name: "Remove demo" }).click();
      await expect(download(options)).toHaveCount(0);
      await expect.poll(() => stored(options)).toEqual(NOTHING);
    });
  }
});

test("a disk that fills up midway stops it, and what has come stays to be resumed", async ({
  chrome,
  hub,
  options,
}) => {
  hub.fault({ on: "blob", times: 1, holdAfter: 20_000_000 });
  await start(options, "Large");
  await hub.held();
  await expect(download(options)).toContainText("20 MB of 40 MB");
  await fillDisk(chrome.cdp, true); // an extension with unlimitedStorage has no quota that a test could lower
  hub.release();
  const alert = download(options).getByRole("alert");
  await expect(alert).toHaveAttribute("data-code", "quota");
  await expect(alert).toContainText("are kept");
  await fillDisk(chrome.cdp, false);
  await download(options).getByRole("button", { name: "Resume Large" }).click();
  await finished(options);
});
