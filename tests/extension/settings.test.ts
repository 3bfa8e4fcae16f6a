import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { pickModel } from "../../extension/models";
import { Sampling } from "../../extension/protocol";
import { DEFAULT_SAMPLING, samplingOf, withChange } from "../../extension/sampling";
import { DEFAULT_SETTINGS, NUMBER_FIELDS, parseSettings, withModelDefaults } from "../../extension/settings";
import { model } from "./fakes";

const PROMPT = { id: "a", name: "Haiku", text: "Make a haiku of {{selection}}." };

test("nothing stored, or nonsense, means the defaults", () => {
  for (const stored of [undefined, null, 5, "x", [], {}]) expect(parseSettings(stored)).toEqual(DEFAULT_SETTINGS);
});

test("one value that does not fit costs only itself", () => {
  const stored = {
    modelId: 3,
    systemPrompt: "Be brief.",
    sampling: { a: { temperature: "hot", topK: 7 }, b: 5 },
    ownPrompts: [PROMPT],
    translateTo: "Klingon",
    computeOn: "abacus",
  };
  expect(parseSettings(stored)).toEqual({
    ...DEFAULT_SETTINGS,
    systemPrompt: "Be brief.",
    sampling: { a: { topK: 7 }, b: {} },
    ownPrompts: [PROMPT],
  });
});

test("where models run is kept", () => {
  expect(parseSettings({ computeOn: "cpu" }).computeOn).toBe("cpu");
});

describe("how a model answers", () => {
  const qwen = { ...model("a"), sampling: { temperature: 0.6, topK: 20 } };
  const other = model("b");

  test("as its makers recommend, and where they say nothing as any model", () => {
    expect(samplingOf({}, qwen)).toEqual({ ...DEFAULT_SAMPLING, temperature: 0.6, topK: 20 });
    expect(samplingOf({}, other)).toEqual(DEFAULT_SAMPLING);
    expect(samplingOf({}, undefined)).toEqual(DEFAULT_SAMPLING);
  });

  test("what is changed is kept for that model; how long answers may be holds for all", () => {
    const changed = withChange(withChange({}, qwen, "temperature", 1.5), qwen, "maxTokens", 99);
    expect(samplingOf(changed, qwen)).toMatchObject({ temperature: 1.5, topK: 20, maxTokens: 99 });
    expect(samplingOf(changed, other)).toEqual({ ...DEFAULT_SAMPLING, maxTokens: 99 });
    expect(parseSettings({ sampling: changed }).sampling).toEqual(changed);
  });

  test("reset leaves other models and everything else alone", () => {
    const sampling = withChange(withChange({}, qwen, "topP", 0.5), other, "topP", 0.6);
    const settings = { ...DEFAULT_SETTINGS, modelId: "a", systemPrompt: "x", ownPrompts: [PROMPT], sampling };
    expect(withModelDefaults(settings, qwen)).toEqual({ ...settings, sampling: { b: { topP: 0.6 } } });
  });

  test("settings of a time when there was one set for all models go on to hold for all", () => {
    const old = { ...DEFAULT_SAMPLING, temperature: 0.1, maxTokens: 40 };
    const { sampling } = parseSettings({ sampling: old });
    expect(samplingOf(sampling, other)).toEqual(old);
    expect(samplingOf(sampling, qwen)).toEqual({ ...old, topK: 20 });
    expect(parseSettings({ sampling: DEFAULT_SAMPLING }).sampling, "what nobody changed").toEqual({});
  });
});

test("every number a field accepts is one the engine side takes", () => {
  expect(NUMBER_FIELDS.map((field) => field.key).sort()).toEqual(Object.keys(DEFAULT_SAMPLING).sort());
  for (const { key, min, max } of NUMBER_FIELDS) {
    for (const value of [min, max]) {
      const sampling = { m: { [key]: value } };
      expect(v.is(Sampling, samplingOf(sampling, model("m"))), `${key} ${value}`).toBe(true);
      expect(parseSettings({ sampling }).sampling).toEqual(sampling);
    }
    expect(parseSettings({ sampling: { m: { [key]: max + 1 } } }).sampling).toEqual({ m: {} });
  }
});

test("the chosen model, else the one added last", () => {
  const models = [model("a", {}, 1), model("b", {}, 3), model("c", {}, 2)];
  expect(pickModel(models, "a")?.id).toBe("a");
  expect(pickModel(models, null)?.id).toBe("b");
  expect(pickModel(models, "deleted")?.id).toBe("b");
  expect(pickModel([], "a")).toBeUndefined();
});

test("an embedding model is never the one that answers", () => {
  const models = [model("writer", {}, 1), model("embedder", { kind: "embedder" }, 2)];
  expect(pickModel(models, "embedder")?.id).toBe("writer");
  expect(pickModel(models.slice(1), "embedder")).toBeUndefined();
});
