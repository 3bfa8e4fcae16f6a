import { readFileSync } from "node:fs";
import * as v from "valibot";
import { expect, test } from "vitest";
import { Catalogue } from "../../extension/catalogue";
import type { ModelRecord } from "../../extension/protocol";
import { recommendedSampling, withRecommended } from "../../extension/recommended";
import { model } from "./fakes";

const { models: catalogue } = v.parse(Catalogue, JSON.parse(readFileSync("assets/models.json", "utf8")));
const of = (name: string, change: Partial<ModelRecord> = {}) =>
  recommendedSampling({ ...model("m"), name: "file", info: { ...model("m").info, name }, ...change }, catalogue);

test("a model of the list is known by its digest, whatever it is called", () => {
  const { sha256 = "" } = catalogue.find(({ id }) => id === "gemma-3-1b") ?? {};
  expect(of("mine", { digests: [sha256] })).toEqual({ temperature: 1, topP: 0.95, topK: 64 });
});

test.each([
  { name: "Qwen3 4B", sampling: { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 } },
  { name: "Qwen3-0.6B-Q4_K_M", sampling: { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 } },
  { name: "Llama-3.2-3B-Instruct", sampling: { temperature: 0.6, topP: 0.9 } },
  { name: "SmolLM2 135M Instruct", sampling: { temperature: 0.2, topP: 0.9 } },
  { name: "gemma-3-4b-it", sampling: { temperature: 1, topP: 0.95, topK: 64 } },
  { name: "Qwen2.5 0.5B Instruct", sampling: undefined },
  { name: "Llama 3.1 8B", sampling: undefined },
  { name: "Gemma 2 2B", sampling: undefined },
  { name: "Chord demo", sampling: undefined },
  { name: "", sampling: undefined },
])("$name", ({ name, sampling }) => {
  expect(of(name)).toEqual(sampling);
  expect(of("other", { name })).toEqual(sampling); // by its file's name
});

test("surfaces get it with the model, and nothing else is changed", () => {
  const [qwen, other] = withRecommended([model("Qwen3 8B"), model("other")], catalogue);
  expect(qwen?.sampling).toMatchObject({ topK: 20 });
  expect(other).toEqual(model("other"));
});

test("what the list says stands where its makers say it", () => {
  for (const { id, sampling } of catalogue)
    if (sampling) expect(new URL(sampling.source).host, id).toBe("huggingface.co");
});
