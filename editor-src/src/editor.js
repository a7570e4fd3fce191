// What Streamlit calls at every rerun of the page. The editor itself is made once a place.
import { h } from "./dom.js";
import { extensions } from "./extensions.js";
import { marksOf, moveMarks, underline } from "./findings.js";
import { amcSql } from "./language.js";
import { FindingList } from "./list.js";
import { Sync } from "./sync.js";
import { followTheme } from "./theme.js";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const KEYS =
  "Ctrl+Enter (⌘ Enter) runs · Ctrl+Space completes · F8 goes to the next finding · Esc, then Tab leaves the editor";
const editors = new WeakMap();

export default function render(component) {
  const host = component.parentElement.querySelector(".amc-desk");
  const editor = editors.get(host) ?? create(host, component);
  editor.component = component;
  editor.update(component.data);
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

class Editor {
  constructor(host, component) {
    const { data, parentElement } = component;
    this.component = component;
    this.words = "";
    this.marks = [];
    this.refusals = data.refusals ?? 0;
    this.language = new Compartment();
    this.sync = new Sync(data, () => this.component);
    const place = h("div", { class: "amc-editor" });
    this.view = new EditorView({
      parent: place,
      root: parentElement.getRootNode(),
      state: EditorState.create({ doc: data.text, extensions: extensions(data, this) }),
    });
    this.list = new FindingList(this.view);
    const label = h("div", { class: "amc-label" }, data.label);
    const keys = h("div", { class: "amc-keys", id: "amc-editor-keys" }, KEYS);
    host.replaceChildren(h("div", { class: "amc-main" }, label, place, keys, this.list.dom));
    // Streamlit listens on the page for single keys (r, c): not while somebody writes.
    for (const kind of ["keydown", "keypress", "keyup"]) {
      host.addEventListener(kind, (event) => event.stopPropagation());
    }
    const draft = this.sync.initial(data);
    if (draft !== null) {
      this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: draft } });
      this.sync.flush(this.view);
    }
  }

  /** A rerun's data. */
  update(data) {
    this.setWords(data.words);
    if (this.sync.take(this.view, data)) {
      this.marks = marksOf(data.findings, this.sync.known, this.sync.since);
      underline(this.view, this.marks);
      this.list.draw(this.marks, data.rules ?? {}, data.more ?? 0);
      this.list.stale(!this.sync.since.empty);
    }
    if ((data.refusals ?? 0) > this.refusals) this.list.showFirstError();
    this.refusals = data.refusals ?? 0;
    followTheme(this.view);
  }

  setWords(words) {
    if (words === this.words) return;
    this.words = words;
    this.view.dispatch({ effects: this.language.reconfigure(amcSql(JSON.parse(words))) });
  }

  /** Every change of the text, from the keyboard or not. */
  changed(update) {
    moveMarks(this.marks, update.changes);
    this.list.stale(true);
    this.sync.changed(update);
  }

  /** Ctrl+Enter: the text goes along, so that what runs is what is seen. */
  run() {
    this.sync.flush(this.view);
    this.component.setTriggerValue("run", this.sync.value(this.view));
    return true;
  }
}

function create(host, component) {
  const editor = new Editor(host, component);
  editors.set(host, editor);
  return editor;
}
