import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { build } from "../../scripts/lib/paths.mjs";

export default defineConfig({
  testDir: ".",
  outputDir: join(build, "e2e"),
  globalSetup: "./global-setup.ts",
  fullyParallel: true,
  workers: 2, // each test has a browser of its own
  forbidOnly: Boolean(process.env.CI),
  retries: 0, // a test that passes the second time has found something
  timeout: 90_000, // a busy machine is no failure; a hang is
  expect: { timeout: 20_000 },
  reporter: "list",
});
