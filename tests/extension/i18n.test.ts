// The messages of every language, and how they are filled.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { around, plural, t } from "../../extension/i18n";
import { LOCALES, readMessages } from "./messages";

const languages = readdirSync(LOCALES, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []));
const english = readMessages("en");
const all = [...english.values()].flatMap((file) => Object.keys(file));

const placeholders = (message: string) => [...new Set(message.replaceAll("$$", "").match(/\$[1-9]/g))].sort();

test("a message has one key, of characters that Chrome takes, and its type is known", () => {
  expect(all.filter((key, i) => all.indexOf(key) !== i)).toEqual([]);
  expect(all.filter((key) => !/^[a-zA-Z0-9_]+$/.test(key))).toEqual([]);
  const keys = readFileSync(join(LOCALES, "keys.ts"), "utf8");
  expect([...english.keys()].filter((file) => !keys.includes(`./en/${file}`))).toEqual([]);
});

describe.each(languages)("%s", (language) => {
  const messages = readMessages(language);

  test.each([...english])("%s says what the English one says", (file, expected) => {
    const there = messages.get(file) ?? {};
    const plurals = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const base = (key: string) => key.replace(/_(one|other)$/, "");
    const isPlural = (key: string) => /_(one|other)$/.test(key) && `${base(key)}_other` in expected;
    const wanted = Object.keys(expected).flatMap((key) =>
      isPlural(key) ? plurals.map((category) => `${base(key)}_${category}`) : [key],
    );
    expect(Object.keys(there).sort()).toEqual([...new Set(wanted)].sort());
    for (const [key, { message }] of Object.entries(there)) {
      expect(message.trim(), key).not.toBe("");
      if (!isPlural(key)) expect(placeholders(message), key).toEqual(placeholders(expected[key]?.message ?? ""));
    }
  });
});

test("every message is used", () => {
  const folder = join(LOCALES, "..");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8"));
  const text = [...sources, readFileSync(join(folder, "../manifest.json"), "utf8")].join("\n");
  const used = (key: string) =>
    text.includes(`"${key}"`) || text.includes(`"${key.replace(/_(zero|one|two|few|many|other)$/, "")}"`);
  // Keys that are put together: by code, by name.
  const composed = [...text.matchAll(/`([a-z_]+_)\$\{/g)].map((found) => found[1] ?? "");
  const unused = all.filter((key) => {
    return !used(key) && !text.includes(`__MSG_${key}__`) && !composed.some((start) => key.startsWith(start));
  });
  expect(unused).toEqual([]);
});

test("placeholders are filled, and nodes stand in their places", () => {
  expect(t("seconds", 3)).toBe("3 s");
  const node = { kbd: "Alt" };
  expect(around("seconds_left", node)).toEqual(["", node, " s left"]);
});

test("a count takes its plural", () => {
  expect(plural("engine_runs", 1, "X")).toBe("The engine runs on the processor, on one thread with X");
  expect(plural("engine_runs", 12, "X")).toBe("The engine runs on the processor, on 12 threads with X");
});
