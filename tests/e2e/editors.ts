// Serves the page of ./editors: every kind of place one writes in, bundled for the browser.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build, type Rolldown } from "vite";

const root = join(import.meta.dirname, "editors");

/** Selects `middle` where it stands in the place called `id`; runs in the page. */
export function selectIn({ id, middle }: { id: string; middle: string }): void {
  const place = document.getElementById(id);
  const field = place?.matches("input, textarea") ? place : place?.querySelector("textarea");
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
    field.focus();
    const start = field.value.indexOf(middle);
    return field.setSelectionRange(start, start + middle.length);
  }
  const inside = (
    id === "ckeditor"
      ? document.querySelector(".ck-editor__editable")
      : place?.matches("[contenteditable]")
        ? place
        : place?.querySelector("[contenteditable]")
  ) as HTMLElement;
  inside.scrollIntoView({ block: "center" });
  inside.focus();
  const texts = document.createTreeWalker(inside, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const start = node.nodeValue?.indexOf(middle) ?? -1;
    if (start >= 0) {
      getSelection()?.setBaseAndExtent(node, start, node, start + middle.length);
      return;
    }
  }
  throw new Error(`no "${middle}" in #${id}`);
}

/** What stands in the place, and what of it is bold; runs in the page. */
export function shownIn(id: string): { text: string; bold: string | null } {
  const place = document.getElementById(id) as HTMLElement;
  const field = place.matches("input, textarea") ? place : place.querySelector("textarea");
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)
    return { text: field.value, bold: null };
  const around = id === "ckeditor" ? (document.querySelector(".ck-editor__editable") as HTMLElement) : place;
  const words = (element: Element | null) => (element?.textContent ?? "").replace(/[\u200b\ufeff]/g, "");
  return { text: words(around).replace(/\s+/g, " "), bold: words(around.querySelector("strong, b")) || null };
}

let bundle: Promise<string> | undefined;

async function script(): Promise<string> {
  const { output } = (await build({
    root,
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    build: { write: false, minify: false, lib: { entry: join(root, "page.mjs"), formats: ["es"], fileName: "page" } },
  }).then((result) => (Array.isArray(result) ? result[0] : result))) as Rolldown.RolldownOutput;
  const [chunk] = output.filter((part) => part.type === "chunk");
  return chunk?.code ?? "";
}

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Places to write</title>
<style>body { max-width: 60ch; margin: 24px auto } textarea, input { display: block; width: 100% } body > * { margin-block: 16px }</style>
<textarea id="textarea" rows="4"></textarea>
<textarea id="short" maxlength="80"></textarea>
<input id="input">
<div id="controlled"></div>
<div id="plain" contenteditable="true"></div>
<div id="refuses" contenteditable="true"></div>
<div id="prosemirror"></div>
<div id="lexical" contenteditable="true"></div>
<div id="slate"></div>
<div id="quill"></div>
<div id="codemirror"></div>
<div id="ckeditor"></div>
<script type="module" src="/page.js"></script></html>`;

export async function serveEditors(): Promise<{ url: string; close: () => void }> {
  bundle ??= script();
  const code = await bundle;
  const server = createServer((request, response) => {
    const [type, body] = request.url === "/page.js" ? ["text/javascript", code] : ["text/html", PAGE];
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
