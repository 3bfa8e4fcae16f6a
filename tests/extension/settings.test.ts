import * as v from "valibot";
import { expect, test } from "vitest";
import { pickModel } from "../../extension/models";
import { Sampling } from "../../extension/protocol";
import { DEFAULT_SETTINGS, NUMBER_FIELDS, parseSettings, withDefaultAnswers } from "../../extension/settings";
import { model } from "./fakes";

const PROMPT = { id: "a", name: "Haiku", text: "Make a haiku of {{selection}}." };

test("nothing stored, or nonsense, means the defaults", () => {
  for (const stored of [undefined, null, 5, "x", [], {}]) expect(parseSettings(stored)).toEqual(DEFAULT_SETTINGS);
});

test("one value that does not fit costs only itself", () => {
  const stored = {
    modelId: 3,
    systemPrompt: "Be brief.",
    sampling: { ...DEFAULT_SETTINGS.sampling, temperature: "hot", topK: 7 },
    ownPrompts: [PROMPT],
    translateTo: "Klingon",
  };
  expect(parseSettings(stored)).toEqual({
    ...DEFAULT_SETTINGS,
    systemPrompt: "Be brief.",
    sampling: { ...DEFAULT_SETTINGS.sampling, topK: 7 },
    ownPrompts: [PROMPT],
  });
});

test("defaults for answers leave the person's own prompts alone", () => {
  const settings = { ...DEFAULT_SETTINGS, modelId: "a", systemPrompt: "x", ownPrompts: [PROMPT] };
  expect(withDefaultAnswers(settings)).toEqual({ ...DEFAULT_SETTINGS, modelId: "a", ownPrompts: [PROMPT] });
});

test("every number a field accepts is one the engine side takes", () => {
  expect(NUMBER_FIELDS.map((field) => field.key).sort()).toEqual(Object.keys(DEFAULT_SETTINGS.sampling).sort());
  for (const { key, min, max } of NUMBER_FIELDS) {
    for (const value of [min, max]) {
      const sampling = { ...DEFAULT_SETTINGS.sampling, [key]: value };
      expect(v.is(Sampling, sampling), `${key} ${value}`).toBe(true);
      expect(parseSettings({ sampling }).sampling).toEqual(sampling);
    }
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
