// What Streamlit calls at every rerun of the page. The editor itself is made once a place.
import { h } from "./dom.js";
import { Explorer } from "./explorer.js";
import { extensions } from "./extensions.js";
import { marksOf, moveMarks, underline } from "./findings.js";
import { amcSql } from "./language.js";
import { FindingList } from "./list.js";
import { schemaOf } from "./schema.js";
import { blockAt, blocksOf } from "./scopes.js";
import { Sync } from "./sync.js";
import { followTheme } from "./theme.js";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const KEYS =
  "Ctrl+Enter (⌘ Enter) runs · Ctrl+Space completes · F8 goes to the next finding · Esc, then Tab leaves the editor";
const WIDE = 800; // pixels; as in editor.css
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
    this.schema = null;
    this.parameters = [];
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
    this.explorer = new Explorer((name, source) => this.insert(name, source));
    const main = h("div", { class: "amc-main" }, label, place, keys, this.list.dom);
    host.replaceChildren(h("div", { class: "amc-grid" }, main, this.explorer.dom));
    // Where it stands below the editor it is opened by who wants it.
    this.explorer.dom.open = host.clientWidth >= WIDE;
    // Streamlit listens on the page for single keys (r, c): not while somebody writes.
    for (const kind of ["keydown", "keypress", "keyup"]) {
      host.addEventListener(kind, (event) => event.stopPropagation());
    }
  }

  /** The first of a rerun's data: a draft that the tab has kept may be newer. */
  begin(data) {
    this.begun = true;
    const draft = this.sync.initial(data);
    if (draft === null) return;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: draft } });
    this.sync.flush(this.view);
  }

  /** A rerun's data. */
  update(data) {
    this.setSchema(data.schema);
    if (!this.begun) this.begin(data);
    this.parameters = data.parameters ?? [];
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

  /** The server sends a schema once and names it afterwards. */
  setSchema(told) {
    const schema = schemaOf(told);
    if (!schema) {
      this.component.setTriggerValue("forgot", told.hash);
    } else if (schema !== this.schema) {
      this.schema = schema;
      this.sync.schema = told.hash;
      this.view.dispatch({ effects: this.language.reconfigure(amcSql(schema)) });
      this.explorer.show(schema);
    }
  }

  /** Writes a name where the cursor is, with its alias where several tables are read. */
  insert(name, source) {
    const { state } = this.view;
    const { from, to } = state.selection.main;
    const text = (source ? this.aliasOf(source, from) : "") + name;
    const before = /[\w"')]$/.test(state.sliceDoc(Math.max(0, from - 1), from)) ? " " : "";
    const after = /^\w/.test(state.sliceDoc(to, to + 1)) ? " " : "";
    const insert = before + text + after;
    const anchor = from + before.length + text.length;
    this.view.dispatch({ changes: { from, to, insert }, selection: { anchor }, scrollIntoView: true, userEvent: "input.explorer" });
    this.view.focus();
  }

  aliasOf(source, position) {
    const block = blockAt(blocksOf(this.view.state.doc.toString(), (name) => this.schema.columns(name)), position);
    const items = block?.items ?? [];
    const own = items.filter((item) => !item.cte && item.name.toLowerCase() === source.name.toLowerCase());
    return items.length > 1 && own.length ? `${own[0].alias}.` : "";
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
