// Files that are no usable model: each is refused with a sentence that names why, and what was stored before is untouched.
import { ask } from "../../scripts/lib/popup.mjs";
import { expect, test } from "./fixtures.ts";
import { DEMO_LAST, demo, otherArchitecture, otherType, truncatedDemo, write } from "./models.ts";

const CASES = [
  {
    what: "a file that is not GGUF",
    code: "not_gguf",
    names: /not a GGUF/,
    file: () => write("page.gguf", Buffer.from("<!doctype html><p>Not found</p>".repeat(40))),
  },
  {
    what: "an empty file",
    code: /^(not_gguf|truncated)$/,
    names: /GGUF|incomplete|empty/,
    file: () => write("empty.gguf", Buffer.alloc(0)),
  },
  {
    what: "a file cut short in its weights",
    code: "truncated",
    names: /incomplete/,
    file: () => truncatedDemo("weights.gguf", 0.6),
  },
  {
    what: "a file cut short in its header",
    code: "truncated",
    names: /incomplete/,
    file: () => truncatedDemo("header.gguf", 0.002),
  },
  {
    what: "an architecture that is not supported",
    code: "unsupported_architecture",
    names: /mamba/,
    file: otherArchitecture,
  },
  { what: "a type that is not supported", code: "unsupported_type", names: /IQ1_S/, file: otherType },
];

test("each is refused by name, and the model stored before still answers", async ({ extension, popup }) => {
  test.setTimeout(180_000);
  await extension.store(demo());
  for (const { what, code, names, file } of CASES) {
    await test.step(what, async () => {
      const options = await extension.openOptions();
      await expect(options.getByTestId("model")).toHaveCount(1);
      await options.getByTestId("file-input").setInputFiles(file());

      const alert = options.getByTestId("import").getByRole("alert");
      await expect(alert).toContainText(names);
      await expect(alert).toHaveAttribute("data-code", code);
      await expect(options.getByTestId("model")).toHaveCount(1);
      await options.getByTestId("import").getByRole("button", { name: "Dismiss" }).click();
      await expect(options.getByTestId("import")).toHaveCount(0);
      await options.reload();
      await expect(options.getByTestId("model")).toHaveCount(1);
      await options.close();

      const { text, error } = await ask(popup, "Still there?");
      expect(error).toBeUndefined();
      expect(text).toContain(DEMO_LAST);
    });
  }
});
