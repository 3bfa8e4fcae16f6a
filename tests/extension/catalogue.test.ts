import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Catalogue, catalogueUrl, fit, type Machine, memoryNeeded, recommend } from "../../extension/catalogue";

const { models } = v.parse(Catalogue, JSON.parse(readFileSync("assets/models.json", "utf8")));
const machine = (change: Partial<Machine> = {}): Machine => ({
  memoryGb: 8,
  cores: 4,
  gpu: false,
  free: 50e9,
  ...change,
});
const model = (id: string) => models.find((one) => one.id === id) as (typeof models)[number];

describe("the list", () => {
  test("is about a dozen, each once", () => {
    expect(models.length).toBeGreaterThanOrEqual(12);
    for (const key of ["id", "name", "quality"] as const)
      expect(new Set(models.map((one) => one[key])).size).toBe(models.length);
    expect(new Set(models.map((one) => catalogueUrl(one, "https://h.test"))).size).toBe(models.length);
  });

  test("goes from small to large", () => {
    const sizes = models.map(({ size }) => size);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  test("knows every file's digest", () => {
    for (const one of models) expect(one.sha256, one.name).toBeDefined();
  });

  test.each([
    { what: "an unknown field", change: { extra: 1 } },
    { what: "a digest that is none", change: { sha256: "abc" } },
    { what: "a size of nothing", change: { size: 0 } },
    { what: "a repository without an owner", change: { repository: "model" } },
    { what: "a temperature out of reach", change: { sampling: { temperature: 9, source: "https://a.test/" } } },
    { what: "sampling without a source", change: { sampling: { temperature: 1 } } },
    { what: "another format", change: { file: "model.safetensors" } },
    { what: "a licence over http", change: { licenceUrl: "http://example.com" } },
  ])("refuses $what", ({ change }) => {
    expect(v.safeParse(Catalogue, { models: [{ ...models[0], ...change }] }).success).toBe(false);
  });
});

describe("what fits", () => {
  test("memory is weights, keys and values of 4096 tokens, and some", () => {
    expect(memoryNeeded(model("smollm2-135m"))).toBe(105_454_144 + 23_040 * 4096 + 150e6);
  });

  test("not more than half of the memory, not more than the disk has", () => {
    expect(fit(model("qwen3-1.7b"), machine())).toEqual({ fits: true });
    const little = fit(model("qwen3-1.7b"), machine({ memoryGb: 2 }));
    expect(little).toMatchObject({ fits: false, why: expect.stringContaining("of memory") });
    const full = fit(model("smollm2-135m"), machine({ free: 50e6 }));
    expect(full).toEqual({
      fits: false,
      why: "Does not fit this computer: it needs 105 MB of disk space, 50 MB are free.",
    });
  });

  test("a browser that does not tell is believed to have enough", () => {
    expect(fit(model("qwen3-1.7b"), machine({ memoryGb: undefined, free: undefined }))).toEqual({ fits: true });
  });
});

describe("the recommendation", () => {
  const pick = (change: Partial<Machine>) => recommend(models, machine(change))?.model.id;

  test("is larger where there are more cores", () => {
    const sizes = [1, 2, 4, 8, 16].map((cores) => recommend(models, machine({ cores }))?.model.size ?? 0);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(new Set(sizes).size).toBeGreaterThan(2);
  });

  test("is the best where a graphics card computes", () => expect(pick({ gpu: true })).toBe("qwen3-1.7b"));

  test("fits", () => {
    for (const memoryGb of [0.5, 1, 2, 4, 8]) {
      const found = recommend(models, machine({ memoryGb, cores: 16 }));
      if (found) expect(fit(found.model, machine({ memoryGb })).fits).toBe(true);
    }
    expect(pick({ memoryGb: 0.25 })).toBeUndefined();
    expect(pick({ free: 150e6 })).toBe("smollm2-135m");
  });

  test("says why in a sentence", () => {
    expect(recommend(models, machine())?.why).toBe(
      "The best answers among those that stay quick on 4 processor cores and 8 GB or more of memory.",
    );
    expect(recommend(models, machine({ cores: 1, memoryGb: undefined }))?.why).toContain("one processor core.");
  });
});
