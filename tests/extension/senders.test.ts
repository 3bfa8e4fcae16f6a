import { expect, test } from "vitest";
import { mayCall, mayRequest, type Sender, surfaceOf } from "../../extension/senders";
import { CONTENT, ID, ORIGIN, PAGE } from "./fakes";

const who = (sender: Sender | undefined) => surfaceOf(sender, ID, ORIGIN);

test("pages and content scripts of this extension are told apart", () => {
  expect(who(PAGE)).toBe("page");
  expect(who({ ...PAGE, tab: { id: 3 } })).toBe("page"); // the same page in a tab
  expect(who(CONTENT)).toBe("content");
});

test("the panel stands in a web page, and has the rights of what else stands there", () => {
  const panel = { id: ID, origin: ORIGIN, url: `${ORIGIN}/panel/index.html#0.nonce`, tab: { id: 7 } };
  expect(who(panel)).toBe("content");
  expect(who({ ...panel, origin: "null" })).toBe("content"); // in a sandboxed page
  expect(who({ ...panel, tab: undefined })).toBeNull();
});

test("anyone else is nobody", () => {
  expect(who(undefined)).toBeNull();
  expect(who({})).toBeNull();
  expect(who({ ...PAGE, id: "another-extension" })).toBeNull();
  expect(who({ ...CONTENT, id: undefined })).toBeNull(); // a web page
  expect(who({ id: ID, origin: "https://example.com", url: "https://example.com/" })).toBeNull(); // no tab
});

test("an address that only begins like ours is not a page of ours", () => {
  expect(who({ id: ID, origin: `${ORIGIN}.example.com`, url: `${ORIGIN}.example.com/popup/index.html`, tab: {} })).toBe(
    "content",
  );
  expect(who({ id: ID, origin: ORIGIN, url: `${ORIGIN}.example.com/` })).toBeNull();
});

test("content scripts ask for answers and nothing more", () => {
  for (const type of ["models", "generate", "cancel"] as const) expect(mayRequest("content", type)).toBe(true);
  for (const type of ["import", "delete"] as const) {
    expect(mayRequest("content", type)).toBe(false);
    expect(mayRequest("page", type)).toBe(true);
  }
  expect(mayCall("content", "engine.ensure")).toBe(true);
  expect(mayCall("content", "engine.retryGpu")).toBe(false);
  expect(mayCall("page", "engine.retryGpu")).toBe(true);
});
