// The text between browser and server. The browser owns it while somebody writes; the server sends
// a new one under a new revision. A draft in the tab's storage outlives reloads and lost connections.
import { ChangeSet, Text } from "@codemirror/state";

const PAUSE_MS = 400;
const LEAVING_MS = 5000;
const NO_DRAFT = { id: "", version: 0, restored: false };

export class Sync {
  /** `api` gives Streamlit's newest functions, `data` is the server's first word. */
  constructor(data, api) {
    this.api = api;
    this.session = data.session;
    this.revision = data.revision;
    this.draftKey = `amc.sql.draft:${data.owner}`;
    this.schema = ""; // the hash of the one that this page has
    this.draft = data.draft ?? NO_DRAFT;
    this.claim = undefined; // the draft that this tab goes on with instead of the server's
    this.timer = 0;
    this.unsent = false;
    this.settle(Text.of(data.text.split("\n")));
  }

  /** `doc` is what the server has; edits are counted from it. */
  settle(doc) {
    this.known = doc;
    this.since = ChangeSet.empty(doc.length);
  }

  /** The text to begin with: this tab's own where the server's is older or only remembered. */
  initial(data) {
    const own = this.readDraft();
    if (!own || own.text === data.text) return null;
    if (own.session === data.session) return own.revision === data.revision ? own.text : null;
    const draft = data.draft ?? NO_DRAFT;
    const empty = data.revision === 0 && data.text === "";
    if (!draft.restored && !empty) return null;
    // The server has this tab's last word, and perhaps a later one from elsewhere.
    if (draft.restored && own.saved && own.draft?.id === draft.id) return null;
    this.claim = own.draft ?? NO_DRAFT;
    return own.text;
  }

  /** Every change of the text, from the keyboard or not. */
  changed(update) {
    this.since = this.since.compose(update.changes);
    this.unsent = true;
    this.writeDraft(update.state.doc.toString());
    this.postpone(update.view, PAUSE_MS);
  }

  /** Sends later; an editor that is gone by then has left its draft. */
  postpone(view, after = LEAVING_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(view), after);
  }

  /** Sends now what has not been sent. */
  flush(view) {
    clearTimeout(this.timer);
    if (!this.unsent) return;
    this.unsent = false;
    this.settle(view.state.doc);
    this.api().setStateValue("typed", this.value(view));
  }

  value(view) {
    const { revision, schema, claim } = this;
    return { text: view.state.doc.toString(), revision, schema, claim };
  }

  /** Takes the server's word; true when findings about `data.text` can be drawn. */
  take(view, data) {
    const isNew = data.session !== this.session || data.revision !== this.revision;
    const draft = data.draft ?? NO_DRAFT;
    const empty = data.revision === 0 && data.text === "";
    const restarted = data.session !== this.session && (empty || draft.restored);
    this.session = data.session;
    this.revision = data.revision;
    if (restarted && view.state.doc.length > 0) this.insist(view, data.text);
    else if (isNew) this.force(view, data.text);
    const same = this.known.eq(Text.of(data.text.split("\n")));
    if (same) this.draft = draft;
    if (same && this.since.empty && !this.unsent && draft.id) {
      this.writeDraft(view.state.doc.toString(), true);
    }
    return same;
  }

  /** The server has forgotten, or remembers something older: what is on the screen is the text. */
  insist(view, text) {
    this.claim = this.draft;
    this.settle(Text.of(text.split("\n")));
    this.unsent = view.state.doc.toString() !== text;
    if (this.unsent) this.flush(view);
  }

  /** The server's new text, around what was typed meanwhile; one step back undoes it. */
  force(view, text) {
    const wasUnsent = this.unsent;
    const change = difference(this.known.toString(), text);
    const typed = this.since;
    const next = Text.of(text.split("\n"));
    if (change) {
      const base = ChangeSet.of(change, this.known.length);
      view.dispatch({ changes: base.map(typed), userEvent: "input.server" });
      this.since = typed.map(base, true);
    }
    this.known = next;
    this.unsent = wasUnsent;
    clearTimeout(this.timer);
    this.writeDraft(view.state.doc.toString());
    this.flush(view);
  }

  readDraft() {
    try {
      return JSON.parse(sessionStorage.getItem(this.draftKey) ?? "null");
    } catch {
      return null; // storage is switched off, or holds something else: there is no draft
    }
  }

  /** `saved`: the server has kept it. */
  writeDraft(text, saved = false) {
    const { session, revision, draft } = this;
    try {
      sessionStorage.setItem(this.draftKey, JSON.stringify({ session, revision, text, draft, saved }));
    } catch {
      // storage is switched off or full: the server still gets the text
    }
  }
}

/** One replacement that turns `old` into `text`: what differs between common beginning and end. */
function difference(old, text) {
  if (old === text) return null;
  let from = 0;
  const shorter = Math.min(old.length, text.length);
  while (from < shorter && old[from] === text[from]) from += 1;
  let tail = 0;
  while (tail < shorter - from && old.at(-1 - tail) === text.at(-1 - tail)) tail += 1;
  return { from, to: old.length - tail, insert: text.slice(from, text.length - tail) };
}
