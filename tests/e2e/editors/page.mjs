// One page with every kind of place one writes in: fields, an element that can be edited, and real rich-text editors. Bundled
// by ../editors.ts; each place has a name, the text in it, and is ready when `window.ready` resolves.
import { Bold, Italic } from "@ckeditor/ckeditor5-basic-styles";
import { ClassicEditor } from "@ckeditor/ckeditor5-editor-classic";
import { Essentials } from "@ckeditor/ckeditor5-essentials";
import { Paragraph } from "@ckeditor/ckeditor5-paragraph";
import { createEmptyHistoryState, registerHistory } from "@lexical/history";
import { registerRichText } from "@lexical/rich-text";
import { basicSetup, EditorView as CodeMirror } from "codemirror";
import { $createParagraphNode, $createTextNode, $getRoot, createEditor as createLexical } from "lexical";
import { baseKeymap } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { schema } from "prosemirror-schema-basic";
import { EditorState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import Quill from "quill";
import { createElement as h, useState } from "react";
import { createRoot } from "react-dom/client";
import { createEditor as createSlate } from "slate";
import { withHistory } from "slate-history";
import { Editable, Slate, withReact } from "slate-react";

// A line that stays, and one whose middle is selected; its first word is bold where there is such a thing.
const KEPT = "This line stays.";
const [BOLD, REST] = ["Bold", " words, then teh old middle, and an end."];

const at = (id) => document.getElementById(id);

function prosemirror() {
  const { paragraph, doc } = schema.nodes;
  const bold = schema.text(BOLD, [schema.marks.strong.create()]);
  const lines = [paragraph.create(null, schema.text(KEPT)), paragraph.create(null, [bold, schema.text(REST)])];
  const plugins = [history(), keymap({ "Mod-z": undo, "Mod-y": redo }), keymap(baseKeymap)];
  new EditorView(at("prosemirror"), { state: EditorState.create({ doc: doc.create(null, lines), plugins }) });
}

function lexical() {
  const editor = createLexical({
    onError(error) {
      throw error;
    },
  });
  editor.setRootElement(at("lexical"));
  registerRichText(editor);
  registerHistory(editor, createEmptyHistoryState(), 300);
  return new Promise((resolve) => {
    editor.update(
      () => {
        const bold = $createTextNode(BOLD).toggleFormat("bold");
        $getRoot().append(
          $createParagraphNode().append($createTextNode(KEPT)),
          $createParagraphNode().append(bold, $createTextNode(REST)),
        );
      },
      { onUpdate: resolve },
    );
  });
}

function SlateEditor() {
  const [editor] = useState(() => withHistory(withReact(createSlate())));
  const initialValue = [
    { type: "paragraph", children: [{ text: KEPT }] },
    { type: "paragraph", children: [{ text: BOLD, bold: true }, { text: REST }] },
  ];
  const renderLeaf = ({ attributes, children, leaf }) => h(leaf.bold ? "strong" : "span", attributes, children);
  const renderElement = ({ attributes, children }) => h("p", attributes, children);
  return h(Slate, { editor, initialValue }, h(Editable, { renderLeaf, renderElement }));
}

/** A field whose text React keeps: what it does not hear of, it undoes at the next drawing. */
function Controlled() {
  const [value, setValue] = useState(`${KEPT}\n${BOLD}${REST}`);
  return h("textarea", { value, rows: 4, onChange: (event) => setValue(event.target.value), "data-state": value });
}

function quill() {
  const editor = new Quill(at("quill"));
  editor.setContents([{ insert: `${KEPT}\n` }, { insert: BOLD, attributes: { bold: true } }, { insert: `${REST}\n` }]);
  editor.history.clear();
}

function react(id, component) {
  createRoot(at(id)).render(h(component));
}

async function ckeditor() {
  await ClassicEditor.create(at("ckeditor"), {
    licenseKey: "GPL",
    plugins: [Essentials, Paragraph, Bold, Italic],
    initialData: `<p>${KEPT}</p><p><strong>${BOLD}</strong>${REST}</p>`,
  });
}

for (const field of [at("textarea"), at("short")]) field.value = `${KEPT}\n${BOLD}${REST}`;
at("input").value = `${BOLD}${REST}`;
at("plain").innerHTML = `<p>${KEPT}</p><p><b>${BOLD}</b>${REST}</p>`;
at("refuses").innerHTML = `<p>${KEPT}</p><p><b>${BOLD}</b>${REST}</p>`;
// An editor that lets nothing in.
for (const name of ["beforeinput", "paste"]) at("refuses").addEventListener(name, (event) => event.preventDefault());

prosemirror();
quill();
react("slate", SlateEditor);
react("controlled", Controlled);
new CodeMirror({ doc: `${KEPT}\n${BOLD}${REST}`, extensions: [basicSetup], parent: at("codemirror") });
window.ready = Promise.all([lexical(), ckeditor()]).then(() => new Promise(requestAnimationFrame));
