import { expect, test } from "vitest";
import { packVectors, unpackVectors } from "../../extension/vectors";

test("vectors come out of the port as they went in", () => {
  const rows = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 384 }, (_, j) => Math.fround(Math.sin(i * 384 + j))),
  );
  const packed = JSON.parse(JSON.stringify(packVectors("m", rows)));
  expect(unpackVectors(packed).map((row) => [...row])).toEqual(rows);
  expect(packed).toMatchObject({ model: "m", width: 384 });
});

test("no vectors are none", () => {
  expect(unpackVectors(packVectors("m", []))).toEqual([]);
});
