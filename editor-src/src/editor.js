// What Streamlit calls at every rerun of the page. The editor itself is made once a place.
import {
  acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
  placeholder,
} from "@codemirror/view";
import { drawFindings } from "./findings.js";
import { amcSql } from "./language.js";
import { Sync } from "./sync.js";
import { followTheme, theme } from "./theme.js";

const editors = new WeakMap();

export default function render(component) {
  const { data, parentElement } = component;
  const host = parentElement.querySelector(".amc-editor");
  const editor = editors.get(host) ?? create(host, component);
  editor.component = component;
  editor.setWords(data.words);
  if (editor.sync.take(editor.view, data)) {
    drawFindings(editor.view, data.findings, editor.sync.known, editor.sync.since);
  }
  followTheme(editor.view);
  return () => leave(host);
}

/** Streamlit also calls this when a newer rerun overtakes: only a host that is gone is cleared. */
function leave(host) {
  const editor = editors.get(host);
  if (!editor || host.isConnected) return;
  editors.delete(host);
  clearTimeout(editor.sync.timer);
  editor.view.destroy();
}

function create(host, component) {
  const { data, parentElement } = component;
  const language = new Compartment();
  const editor = { component, words: "" };
  const sync = new Sync(data, () => editor.component);
  const run = (view) => {
    sync.flush(view);
    editor.component.setTriggerValue("run", sync.value(view));
    return true;
  };
  const view = new EditorView({
    parent: host,
    root: parentElement.getRootNode(),
    state: EditorState.create({ doc: data.text, extensions: extensions(data, sync, language, run) }),
  });
  Object.assign(editor, {
    view,
    sync,
    setWords(words) {
      if (words === editor.words) return;
      editor.words = words;
      view.dispatch({ effects: language.reconfigure(amcSql(JSON.parse(words))) });
    },
  });
  editors.set(host, editor);
  // Streamlit listens on the page for single keys (r, c): not while somebody writes.
  for (const kind of ["keydown", "keypress", "keyup"]) {
    host.addEventListener(kind, (event) => event.stopPropagation());
  }
  const draft = sync.initial(data);
  if (draft !== null) {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: draft } });
    sync.flush(view);
  }
  return editor;
}

function extensions(data, sync, language, run) {
  return [
    keymap.of([
      { key: "Mod-Enter", run, preventDefault: true },
      { key: "Tab", run: acceptCompletion },
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap,
      ...completionKeymap, ...lintKeymap,
      indentWithTab,
    ]),
    lineNumbers(), lintGutter(), history(), drawSelection(), indentUnit.of("    "),
    bracketMatching(), closeBrackets(), autocompletion({ icons: false, maxRenderedOptions: 60 }),
    highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
    search({ top: true }),
    placeholder(data.placeholder),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      "aria-label": data.label, "aria-describedby": "amc-editor-keys", spellcheck: "false",
    }),
    language.of([]),
    theme,
    EditorView.updateListener.of((update) => {
      if (update.docChanged) sync.changed(update);
    }),
    EditorView.domEventHandlers({
      blur: (event, view) => {
        // Streamlit sends values a moment later, for the page it is on: behind the click on a link
        // that would call the old page back. The draft keeps the text for the return.
        if (event.relatedTarget?.closest?.("a[href]")) sync.postpone(view);
        else sync.flush(view);
      },
    }),
  ];
}
