import { expect, test } from "vitest";
import { groupFiles } from "../../extension/options/model-files";

const groups = (...names: string[]) =>
  groupFiles(names.map((name) => new File([], name))).map(({ name, files }) => [name, files.map((file) => file.name)]);

test("parts of one model go together in whatever order they were chosen", () => {
  expect(groups("m-00002-of-00003.gguf", "m-00003-of-00003.gguf", "m-00001-of-00003.gguf")).toEqual([
    ["m", ["m-00002-of-00003.gguf", "m-00003-of-00003.gguf", "m-00001-of-00003.gguf"]],
  ]);
});

test("other files are models of their own", () => {
  expect(groups("a.gguf", "m-00001-of-00002.gguf", "B.GGUF", "n-00001-of-00002.gguf", "m-00002-of-00002.gguf")).toEqual(
    [
      ["a", ["a.gguf"]],
      ["m", ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]],
      ["B", ["B.GGUF"]],
      ["n", ["n-00001-of-00002.gguf"]],
    ],
  );
  expect(groups(".gguf", "m-1-of-2.gguf")).toEqual([
    [".gguf", [".gguf"]],
    ["m-1-of-2", ["m-1-of-2.gguf"]],
  ]);
});

test("a part that does not fit goes with those of its name, so that the engine can say so", () => {
  expect(groups("m-00001-of-00002.gguf", "m-00001-of-00003.gguf", "m-00001-of-00002 (1).gguf")).toHaveLength(1);
});
