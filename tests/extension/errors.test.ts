import { expect, describe as group, test } from "vitest";
import { ChordError, describe, ERROR_CODES, toErrorInfo } from "../../extension/errors";
import { remedyLabel } from "../../extension/ui/problem";

// That every code of the engine has a sentence is checked by the compiler.
group.each(ERROR_CODES)("%s", (code) => {
  test("is said in whole sentences, with and without the engine's message", () => {
    for (const message of ["", "tensor 'blk.0' has no end"]) {
      const { text } = describe({ code, message });
      expect(text).toMatch(/^[A-Z].*[.!?]$/s);
      expect(text).not.toMatch(/undefined|null|_/);
    }
  });
  test("offers a button that has a label, or none", () => {
    const { remedy } = describe({ code, message: "" });
    if (remedy) expect(remedyLabel(remedy)).toMatch(/^[A-Z]/);
  });
});

test("the engine's message names what it found", () => {
  const message = "tensor 'x' is stored as IQ1_S, which is not supported yet";
  expect(describe({ code: "unsupported_type", message }).text).toContain("IQ1_S");
  expect(describe({ code: "bad_model", message: "metadata key 'llama.block_count' is missing" }).text).toContain(
    "block_count",
  );
});

test("whatever is thrown becomes a code and a message", () => {
  expect(toErrorInfo(new ChordError("quota", "120 MB are free"))).toEqual({
    code: "quota",
    message: "120 MB are free",
  });
  expect(toErrorInfo(Object.assign(new Error("m"), { code: "truncated" }))).toEqual({
    code: "truncated",
    message: "m",
  });
  expect(toErrorInfo(Object.assign(new Error("m"), { code: "ENOENT" }))).toEqual({ code: "internal", message: "m" });
  expect(toErrorInfo(Object.assign(new Error("m"), { code: "toString" })).code).toBe("internal");
  expect(toErrorInfo("just words")).toEqual({ code: "internal", message: "just words" });
});
