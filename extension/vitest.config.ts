// Unit tests of the extension. They need no build: the engine is the stand-in under tests/extension/mock.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path(".."),
  resolve: { alias: { "chord-engine": path("../tests/extension/mock/engine.ts") } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["tests/extension/**/*.test.ts"],
    mockReset: true,
    setupFiles: [path("../tests/extension/messages.ts")],
  },
});
