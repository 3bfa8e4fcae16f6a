import { expect, test } from "vitest";
import { downloadWords } from "../../extension/options/download-rows";
import { whatHappened } from "../../extension/options/downloads";
import { fileName } from "../../extension/options/save-file";
import type { DownloadState } from "../../extension/protocol";

const state = (change: Partial<DownloadState> = {}): DownloadState => ({
  id: "d",
  name: "Ada",
  url: "https://hub.test/a",
  phase: "running",
  size: 400e6,
  received: 100e6,
  bytesPerSecond: 10e6,
  retryAt: null,
  again: 0,
  error: null,
  ...change,
});

test("words for every state", () => {
  const words = (change: Partial<DownloadState>) => downloadWords(state(change), 0);
  expect(words({})).toBe("Downloading… 100 MB of 400 MB · 10 MB/s · 30 s left");
  expect(words({ bytesPerSecond: null })).toBe("Downloading… 100 MB of 400 MB");
  expect(words({ received: 400e6 })).toBe("Checking…");
  expect(words({ again: 90e6 })).toBe("This server starts anew: 90 MB come once more · 100 MB of 400 MB");
  expect(words({ phase: "queued" })).toBe("Waiting for its turn · 100 MB of 400 MB");
  expect(words({ phase: "paused" })).toBe("Paused · 100 MB of 400 MB · 25%");
  const error = { code: "network", message: "" } as const;
  expect(words({ phase: "waiting", error, retryAt: 7500 })).toBe(
    "The connection was lost. Trying again in 8 s · 100 MB of 400 MB",
  );
});

test("what is said aloud is what changed, and not how far it is", () => {
  const none = new Set<string>();
  expect(whatHappened([state()], [state({ received: 200e6 })], none)).toBeNull();
  expect(whatHappened([state()], [], none)).toEqual({ text: "Ada is stored and checked", stored: "d" });
  expect(whatHappened([state()], [], new Set(["d"]))).toEqual({ text: "Ada is removed" });
  expect(whatHappened([state()], [state({ phase: "paused" })], none)?.text).toBe("Ada is paused");
  expect(whatHappened([state()], [state({ phase: "failed" })], none)?.text).toBe("Ada could not be downloaded");
  expect(whatHappened([state({ phase: "waiting" })], [state()], none), "it was never given up").toBeNull();
});

test("files are called so that they can be stored anywhere, parts as gguf-split calls them", () => {
  expect(fileName("Qwen3 0.6B", 0, 1)).toBe("Qwen3 0.6B.gguf");
  expect(fileName("a/b:c", 1, 3)).toBe("a-b-c-00002-of-00003.gguf");
  expect(fileName("..", 0, 1)).toBe("model.gguf");
});
