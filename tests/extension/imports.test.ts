import { expect, test } from "vitest";
import { changeRows, type ImportRow } from "../../extension/options/imports";

const row = (id: string): ImportRow => ({
  id,
  name: id,
  size: 100,
  stored: 0,
  since: null,
  now: 0,
  stopping: false,
  error: null,
});
const progress = (id: string, bytes: number, now: number) =>
  ({ type: "progress", id, now, progress: { type: "progress", stage: "import", bytes, total: 100 } }) as const;

test("a row counts its own time from its first byte", () => {
  const rows = [progress("a", 10, 500), progress("a", 60, 700)].reduce(changeRows, [row("a"), row("b")]);
  expect(rows).toEqual([{ ...row("a"), stored: 60, since: 500, now: 700 }, row("b")]);
});

test("a row that waits, stops, fails and goes", () => {
  const rows = [row("a"), row("b")];
  expect(changeRows(rows, { type: "progress", id: "a", now: 1, progress: { type: "queued", ahead: 1 } })).toBe(rows);
  expect(changeRows(rows, { type: "stopping", id: "a" })[0]?.stopping).toBe(true);
  const error = { code: "not_gguf", message: "" } as const;
  expect(changeRows(rows, { type: "failed", id: "b", error })[1]?.error).toEqual(error);
  expect(changeRows(rows, { type: "remove", id: "a" })).toEqual([row("b")]);
  expect(changeRows([], { type: "begin", row: row("c") })).toEqual([row("c")]);
});
