// Which build of the engine runs, and that an answer comes all the same where the faster one does not start.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineDir, extensionDir } from "../../scripts/lib/paths.mjs";
import { ask } from "../../scripts/lib/popup.mjs";
import { expect, test } from "./fixtures.ts";
import { DEMO_LAST, demo } from "./models.ts";

test.use({ flags: ["--disable-gpu"] }); // gpu.spec.ts has that build

test("the build with threads runs in the extension", async ({ extension, popup }) => {
  await extension.store(demo());
  const { text, error } = await ask(popup, "Which one are you?");
  expect(error).toBeUndefined();
  expect(text).toContain(DEMO_LAST);
  const line = (await extension.openOptions()).getByTestId("engine");
  await expect(line).toHaveAttribute("data-build", "threads");
  await expect(line).toContainText("with relaxed SIMD.");
});

/** A copy of the extension whose modules with threads hold other bytes. */
function withThreadsModule(bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "chord-broken-"));
  cpSync(extensionDir, folder, { recursive: true });
  const assets = join(folder, "assets");
  const ours = readFileSync(join(engineDir, "threads", "wasm_chord_web_bg.wasm"));
  const threads = readdirSync(assets).filter(
    (name) => name.endsWith(".wasm") && readFileSync(join(assets, name)).equals(ours),
  );
  expect(threads).toHaveLength(1);
  for (const name of threads) writeFileSync(join(assets, name), bytes);
  return folder;
}

for (const [what, bytes] of [
  ["does not compile", new TextEncoder().encode("this is no module")],
  ["has nothing in it", Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)],
] as const) {
  test.describe(`a module with threads that ${what}`, () => {
    let folder: string;
    test.use({
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
      folder: async ({}, use) => {
        folder = withThreadsModule(bytes);
        await use(folder);
        rmSync(folder, { recursive: true });
      },
    });

    test("the answer comes on the other build", async ({ extension, popup }) => {
      await extension.store(demo());
      const { text, error } = await ask(popup, "Which one are you?");
      expect(error).toBeUndefined();
      expect(text).toContain(DEMO_LAST);
      const line = (await extension.openOptions()).getByTestId("engine");
      await expect(line).toHaveAttribute("data-build", "simd");
      await expect(line).toContainText("the build with threads did not start");
    });
  });
}
