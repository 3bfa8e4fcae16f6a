// A model's Markdown as elements: what is shown, what is never made, and that a growing text ends as the whole one does.
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { NOTHING, read } from "../../extension/ui/markdown/blocks";
import { Markdown } from "../../extension/ui/markdown/markdown";

const shown = (text: string) => renderToString(h(Markdown, { text }));

test.each([
  ["one\ntwo", "<p>one<br/>two</p>"],
  ["**b** *i* ~~d~~ `c<d`", "<p><strong>b</strong> <em>i</em> <del>d</del> <code>c&lt;d</code></p>"],
  ["# A\n\n### B", "<h3>A</h3><h4>B</h4>"],
  ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
  ["- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"],
  ["- [x] a", '<ul><li><input type="checkbox" checked disabled/>a</li></ul>'],
  ["> q", "<blockquote><p>q</p></blockquote>"],
  ["---", "<hr/>"],
  ["2 \\* 3", "<p>2 * 3</p>"],
])("%j", (text, html) => expect(shown(text)).toBe(html));

test("a table, and a code block with its own Copy", () => {
  expect(shown("| a | b |\n|---|--:|\n| 1 | 2 |")).toContain('<td style="text-align:right;">2</td>');
  const code = shown("```js\nx < 1\n");
  expect(code).toContain('<pre dir="ltr" data-lang="js"><code>x &lt; 1</code></pre>');
  expect(code).toContain("<button");
});

describe("nothing is fetched, run or followed", () => {
  test.each([
    "<img src=x onerror=alert(1)>",
    "a <script>alert(1)</script> b",
    "![a picture](https://example.org/a.png)",
    "[here](javascript:alert(1))",
    "[here](https://example.org/?q=secret)",
    "[here][1]\n\n[1]: https://example.org",
    "<https://example.org>",
    "![x][1]\n\n[1]: https://example.org/x.png",
  ])("%j", (text) => {
    expect(shown(text)).not.toMatch(/<(a|img|script|iframe|style|link|svg|object)\b|<[^>]* (href|src|on\w+)=/);
  });

  test("a link shows where it leads", () => {
    expect(shown("[here](https://example.org/a)")).toBe("<p>here (https://example.org/a)</p>");
    expect(shown("https://example.org/a")).toBe("<p>https://example.org/a</p>");
  });
});

const LONG = `# Title

A paragraph with **bold** text,
and a second line.\r
Windows\r\n too.

- one

- two
  more

1. first
2. second

\`\`\`rust
fn main() {

}
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

> quoted

Setext
======

Last words`;

test("a text that grows by any step is read as the whole", () => {
  const whole = read(LONG, NOTHING).tokens;
  for (const step of [1, 2, 3, 7, 40]) {
    let blocks = NOTHING;
    for (let end = step; end < LONG.length + step; end += step) blocks = read(LONG.slice(0, end), blocks);
    expect(blocks.tokens).toEqual(whole);
  }
});

test("what is settled stays the same object; another text begins anew", () => {
  const before = read("one\n\ntwo\n\nthr", NOTHING);
  const after = read("one\n\ntwo\n\nthree\n\nfour", before);
  expect(after.tokens[0]).toBe(before.tokens[0]);
  expect(after.tokens[2]).toBe(before.tokens[2]);
  expect(read("another", after).tokens).toHaveLength(1);
});

test("the end alone is read again, however long the text is", () => {
  const long = "A paragraph of some words.\n\n".repeat(2000);
  const { settled, text } = read(`${long}end`, NOTHING);
  expect(text.length - settled.chars).toBeLessThan(40);
});
