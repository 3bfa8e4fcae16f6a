// No text that people read stands in the source: all of them come from the messages. The source is parsed, and looked at where
// texts get to people: what stands in an element, and what is given to it as a name.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { describe, expect, test } from "vitest";
import { readMessages } from "./messages";

const ROOT = join(import.meta.dirname, "../../extension");

/** Texts that are the same in every language. */
const SAME: Record<string, string> = {
  Chord: "the name",
  "/owner/model/blob/main/model.gguf": "what an address looks like",
};

/** What stands for a message is no text. */
const KEYS = new Set([...readMessages("en").values()].flatMap(Object.keys));

/** Attributes, properties and fields whose strings are read or read out. */
const NAMES = new Set([
  "alt",
  "announcement",
  "aria-description",
  "aria-label",
  "ariaLabel",
  "help",
  "innerText",
  "label",
  "note",
  "placeholder",
  "safe",
  "sentence",
  "textContent",
  "title",
]);

interface Node {
  type: string;
  [field: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";
const children = (node: Node): Node[] => Object.values(node).flatMap((value) => [value].flat().filter(isNode));
const nameOf = (node: unknown) => (node as { name?: string; value?: string } | null)?.name ?? "";

/** The strings that an expression's value may be. What is given to a function is no such string. */
function strings(node: Node): string[] {
  switch (node.type) {
    case "JSXText":
    case "Literal":
      return typeof node.value === "string" ? [node.value] : [];
    case "TemplateLiteral":
      return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
    case "ConditionalExpression":
      return [node.consequent, node.alternate].filter(isNode).flatMap(strings);
    case "LogicalExpression":
    case "BinaryExpression": // of a sum; comparisons are not shown
      return ["||", "&&", "??", "+"].includes(String(node.operator))
        ? [node.left, node.right].filter(isNode).flatMap(strings)
        : [];
    case "JSXExpressionContainer":
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSNonNullExpression":
      return isNode(node.expression) ? strings(node.expression) : [];
    default:
      return [];
  }
}

/** The texts that a node itself brings before people's eyes. */
function shown(node: Node): string[] {
  const named = (name: unknown, value: unknown) =>
    NAMES.has(nameOf(name) || String((name as Node).value)) && isNode(value) ? strings(value) : [];
  switch (node.type) {
    case "JSXElement":
    case "JSXFragment":
      return (node.children as Node[]).flatMap(strings);
    case "JSXAttribute":
      return named(node.name, node.value);
    case "Property":
      return named(node.key, node.value);
    case "AssignmentExpression":
      return isNode(node.left) ? named(node.left.property ?? node.left, node.right) : [];
    default:
      return [];
  }
}

const textsIn = (node: Node): string[] => [...shown(node), ...children(node).flatMap(textsIn)];
const words = (file: string, source: string) =>
  textsIn(parseSync(file, source).program as unknown as Node)
    .map((text) => text.trim())
    .filter((text) => /\p{L}/u.test(text) && !(text in SAME) && !KEYS.has(text));

const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));

test.each(files)("%s has no texts of its own", (file) => {
  expect(words(file, readFileSync(join(ROOT, file), "utf8"))).toEqual([]);
});

describe("a text is found", () => {
  test.each([
    ["in an element", "<p>Hello</p>"],
    ["in a choice", '<p>{open ? "Hello" : t("bye")}</p>'],
    ["as a name", '<button aria-label="Hello" />'],
    ["in a name that is put together", `<button title={\`Hello \${name}\`} />`],
    ["as a property", '({ label: "Hello" })'],
    ["set later", 'button.title = "Hello"'],
  ])("%s", (_, source) => expect(words("a.tsx", source)).toEqual(["Hello"]));

  test("and what is none is not", () => {
    const source = '<p class="big" aria-label={t("hello")}>{kind === "short" ? 1 : t("more")} · <Chord /></p>';
    expect(words("a.tsx", source)).toEqual([]);
  });
});
