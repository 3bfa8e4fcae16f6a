// What a model wrote, with its Markdown shown: elements and text nodes, made one by one. HTML in it stays text. Nothing of it is
// fetched or followed: an image is its description, a link its text and its address (which a page that the model has read may
// have made up to carry something away).

import type { Token, Tokens } from "marked";
import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { CopyButton } from "../copy";
import { NOTHING, read } from "./blocks";

/** The text's blocks. It may grow: those that are settled are not drawn again. */
export function Markdown({ text }: { text: string }) {
  const blocks = useRef(NOTHING);
  blocks.current = read(text, blocks.current);
  const { tokens } = blocks.current;
  const chunks = Array.from({ length: Math.ceil(tokens.length / CHUNK) }, (_, i) => i * CHUNK);
  return (
    <>
      {chunks.map((from) => (
        // Blocks never move.
        <Chunk key={`${from}`} tokens={tokens.slice(from, from + CHUNK)} />
      ))}
    </>
  );
}

/** Blocks that are drawn or left alone together: a long answer has hundreds, and to ask each at every token takes its time. */
const CHUNK = 16;

/** The same nodes for the same tokens: nothing is compared. */
const Chunk = ({ tokens }: { tokens: readonly Token[] }) =>
  useMemo(
    () => (
      <>
        {tokens.map((token, i) => (
          <Block key={`${i}`} token={token} />
        ))}
      </>
    ),
    // Only the last of them grow: what is settled stays the same object.
    [tokens.length, tokens.at(0), tokens.at(-1), tokens.at(-2)],
  );

const Block = ({ token }: { token: Token }) => useMemo(() => <>{block(token as Tokens.Generic)}</>, [token]);

const all = (tokens: readonly Token[] | undefined) => tokens?.map((token) => block(token as Tokens.Generic));

/** Whatever is no block we know is shown as it was written. */
function block(token: Tokens.Generic): ComponentChildren {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return heading(token as Tokens.Heading);
    case "paragraph":
      return <p>{inline(token.tokens)}</p>;
    case "text":
      return inline(token.tokens) ?? token.text;
    case "code":
      return <Code text={token.text} lang={token.lang} />;
    case "checkbox":
      return <input type="checkbox" checked={token.checked} disabled />;
    case "hr":
      return <hr />;
    case "blockquote":
      return <blockquote>{all(token.tokens)}</blockquote>;
    case "list":
      return list(token as Tokens.List);
    case "table":
      return table(token as Tokens.Table);
    case "html":
      return <p>{token.raw.trimEnd()}</p>;
    default:
      return token.raw;
  }
}

/** An answer's headings are below the page's own. */
function heading({ depth, tokens }: Tokens.Heading) {
  if (depth <= 2) return <h3>{inline(tokens)}</h3>;
  return depth === 3 ? <h4>{inline(tokens)}</h4> : <h5>{inline(tokens)}</h5>;
}

function Code({ text, lang }: { text: string; lang?: string }) {
  return (
    <div class="code">
      <pre dir="ltr" data-lang={lang || undefined}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

function list({ ordered, start, items }: Tokens.List) {
  const rows = items.map((item, i) => <li key={`${i}`}>{all(item.tokens)}</li>);
  return ordered ? <ol start={start || 1}>{rows}</ol> : <ul>{rows}</ul>;
}

function table({ header, rows }: Tokens.Table) {
  const style = ({ align }: Tokens.TableCell) => (align ? { textAlign: align } : {});
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {header.map((cell, i) => (
              <th key={`${i}`} style={style(cell)}>
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={`${i}`}>
              {row.map((cell, k) => (
                <td key={`${k}`} style={style(cell)}>
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const inline = (tokens: readonly Token[] | undefined) => tokens?.map((token) => span(token as Tokens.Generic));

function span(token: Tokens.Generic): ComponentChildren {
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens)}</strong>;
    case "em":
      return <em>{inline(token.tokens)}</em>;
    case "del":
      return <del>{inline(token.tokens)}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "checkbox":
      return <input type="checkbox" checked={token.checked} disabled />;
    case "br":
      return <br />;
    case "escape":
      return token.text;
    case "text":
      return inline(token.tokens) ?? token.text;
    case "link":
      return link(token as Tokens.Link);
    case "image":
      return token.text || token.raw;
    default:
      return token.raw;
  }
}

function link({ text, href, tokens }: Tokens.Link): ComponentChildren {
  if (text === href || href === `mailto:${text}` || href === `http://${text}`) return text;
  return (
    <>
      {inline(tokens)} ({href})
    </>
  );
}
