// The findings under the editor: where, what, why, and the fix where there is one.
import { count, h } from "./dom.js";
import { applyMend } from "./findings.js";

const SIGNS = { error: "✕", warning: "!", hint: "i" };
const MOST = 50;

/** The list beside its editor; `draw` is called when findings about the present text come. */
export class FindingList {
  constructor(view) {
    this.view = view;
    this.shown = "";
    this.open = new Set();
    this.summary = h("div", { class: "amc-summary", role: "status" });
    this.items = h("ul", { class: "amc-findings", "aria-label": "Findings" });
    this.dom = h("div", { class: "amc-list" }, this.summary, this.items);
  }

  /** `marks` from `marksOf`; `rules` tells by code what a rule says and why; `hidden` are not sent. */
  draw(marks, rules, hidden = 0) {
    this.marks = marks;
    const findings = marks.map((mark) => mark.finding);
    const now = JSON.stringify([findings, hidden]);
    if (now === this.shown) return;
    this.shown = now;
    this.summary.replaceChildren(...summary(findings, this.view.state.doc.length === 0));
    const rows = findings.slice(0, MOST).map((finding, index) => this.item(finding, index, rules));
    const more = findings.length - rows.length + hidden;
    if (more > 0) rows.push(h("li", { class: "amc-more" }, `and ${count(more, "finding")} more`));
    this.items.replaceChildren(...rows);
  }

  /** The text is not the checked one any more. */
  stale(is) {
    this.dom.classList.toggle("amc-stale", is);
  }

  item(finding, index, rules) {
    const { severity, code, message, fix, line, column } = finding;
    const place = h(
      "button",
      { type: "button", class: "amc-place", title: "Show it in the text", onclick: () => this.show(index) },
      `line ${line}, column ${column}`,
    );
    const mend = fix && h(
      "button",
      { type: "button", class: "amc-fix", onclick: () => this.mend(index) },
      fix.title,
    );
    return h(
      "li",
      { class: `amc-finding amc-is-${severity}` },
      h("span", { class: "amc-badge" }, h("span", { "aria-hidden": "true" }, SIGNS[severity] ?? "i"), ` ${severity}`),
      h("div", { class: "amc-said" }, place, " ", message, this.why(code, rules[code])),
      mend,
    );
  }

  why(code, rule) {
    if (!rule) return null;
    const part = h(
      "details",
      { class: "amc-why", open: this.open.has(code) },
      h("summary", {}, "Why"),
      h("p", {}, rule.what, " ", rule.why, " ", h("code", {}, code)),
    );
    part.addEventListener("toggle", () => this.open[part.open ? "add" : "delete"](code));
    return part;
  }

  show(index) {
    const { from, to } = this.marks[index];
    this.view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
    this.view.focus();
  }

  mend(index) {
    const { mend } = this.marks[index];
    if (mend && applyMend(this.view, mend)) this.view.focus();
  }

  /** Leads to the first error: what Ctrl+Enter does when it is refused. */
  showFirstError() {
    const first = this.marks?.findIndex((mark) => mark.finding.severity === "error") ?? -1;
    if (first >= 0) this.show(first);
  }
}

function summary(findings, empty) {
  if (empty) return [];
  const by = (severity) => findings.filter((finding) => finding.severity === severity).length;
  const parts = ["error", "warning", "hint"].filter(by).map((kind) => count(by(kind), kind));
  if (!parts.length) return [h("span", { class: "amc-good" }, "✓ No findings")];
  return [parts.join(", ")];
}
