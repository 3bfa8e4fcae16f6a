import { expect, test } from "vitest";
import { bytes, parameters, percent, speed, timeLeft } from "../../extension/format";
import type { GenerateResult } from "../../extension/protocol";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [9_949, "9.9 kB"],
  [9_950, "10 kB"],
  [398_000_000, "398 MB"],
  [999_600_000, "1.0 GB"],
  [4_700_000_000, "4.7 GB"],
  [5e15, "5,000 TB"],
])("%d bytes are %s", (n, words) => expect(bytes(n)).toBe(words));

test.each([
  [512, "512"],
  [260_032, "260K"],
  [1_500_000, "1.5M"],
  [596_049_920, "596M"],
  [999_600_000, "1B"],
  [7_240_000_000, "7.2B"],
])("%d parameters are %s", (n, words) => expect(parameters(n)).toBe(words));

test("percent never says 100 before the end, nor NaN of nothing", () => {
  expect([percent(999, 1000), percent(1000, 1000), percent(0, 0)]).toEqual(["99%", "100%", "0%"]);
});

test("speed leaves out what was not measured", () => {
  const result = { decodeTokensPerSecond: 31.4, firstTokenMs: 412 } as GenerateResult;
  expect(speed(result)).toBe("31 tok/s · 0.4 s to first word");
  expect(speed({ ...result, decodeTokensPerSecond: 2917.2, firstTokenMs: 3 })).toBe(
    "2,917 tok/s · under 0.1 s to first word",
  );
  expect(speed({ ...result, decodeTokensPerSecond: 0.84, firstTokenMs: 12_300 })).toBe(
    "0.8 tok/s · 12 s to first word",
  );
  expect(speed({ ...result, decodeTokensPerSecond: 0, firstTokenMs: 0 })).toBe("");
});

test("time left", () => {
  expect([0.2, 45, 130, 7200].map(timeLeft)).toEqual(["1 s left", "45 s left", "2 min left", "2 h left"]);
});
