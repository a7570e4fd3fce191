// The data sources beside the editor: searched by table, column and description; a click inserts.
import { badges, missing } from "./docs.js";
import { count, h } from "./dom.js";

const MOST_COLUMNS = 120;

/** The explorer; `insert(name, source, column)` writes a name where the cursor is. */
export class Explorer {
  constructor(insert) {
    this.insert = insert;
    this.schema = null;
    this.open = new Set();
    const draw = () => this.draw();
    this.search = h("input", {
      type: "search", class: "amc-search", placeholder: "table, column or description",
      "aria-label": "Search tables and columns", oninput: draw,
    });
    this.instance = h("select", { class: "amc-instance", "aria-label": "Instance", onchange: draw });
    this.twins = h("input", { type: "checkbox", onchange: draw });
    this.found = h("div", { class: "amc-found", role: "status" });
    this.tree = h("ul", { class: "amc-tree", "aria-label": "Data sources" });
    this.dom = h(
      "details",
      { class: "amc-explorer", open: true },
      h("summary", {}, "Tables and columns"),
      this.search,
      h("div", { class: "amc-filters" }, this.instance, h("label", {}, this.twins, " for audiences")),
      this.found,
      this.tree,
    );
  }

  show(schema) {
    if (schema === this.schema) return;
    this.schema = schema;
    const names = schema.instances.map((name, index) => h("option", { value: index }, name));
    const chosen = this.instance.value;
    this.instance.replaceChildren(h("option", { value: "" }, "on any instance"), ...names);
    this.instance.value = chosen;
    this.instance.hidden = !names.length;
    this.draw();
  }

  draw() {
    const terms = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const there = this.instance.value === "" ? null : Number(this.instance.value);
    let left = MOST_COLUMNS;
    let columns = 0;
    const rows = [];
    for (const source of this.ordered(terms)) {
      if (source.of && !this.twins.checked) continue;
      if (there !== null && source.missing.includes(there)) continue;
      const hits = hitsIn(source, terms);
      if (!hits) continue;
      columns += hits.columns.length;
      rows.push(this.row(source, hits, terms, Math.max(left, 0)));
      left -= hits.named ? 0 : hits.columns.length;
    }
    const searched = terms.length ? `, ${count(columns, "column")}` : "";
    this.found.textContent = rows.length ? count(rows.length, "data source") + searched : "Nothing fits.";
    this.tree.replaceChildren(...rows);
  }

  /** Those whose name fits come first. */
  ordered(terms) {
    const sources = [...this.schema.sources.values()];
    const named = (source) => terms.some((term) => source.name.toLowerCase().includes(term));
    return terms.length ? [...sources.filter(named), ...sources.filter((s) => !named(s))] : sources;
  }

  row(source, hits, terms, limit) {
    const open = this.open.has(source.name) || (terms.length > 0 && !hits.named && limit > 0);
    const reach = this.schema.reach(source);
    const partly = reach && reach !== "every instance";
    const toggle = h(
      "button",
      {
        type: "button", class: "amc-source", "aria-expanded": String(open),
        title: source.description, onclick: () => this.toggle(source, open),
      },
      h("span", { class: "amc-arrow", "aria-hidden": "true" }, open ? "▾" : "▸"),
      h("span", { class: "amc-name" }, ...marked(source.name, terms, true)),
    );
    const write = h(
      "button",
      {
        type: "button", class: "amc-insert", title: `Insert ${source.name}`,
        "aria-label": `Insert ${source.name}`, onclick: () => this.insert(source.name),
      },
      "+",
    );
    const chips = [
      source.paid && h("span", { class: "amc-chip amc-paid", title: "Needs a subscription" }, "paid"),
      source.of && h("span", { class: "amc-chip", title: `The audience twin of ${source.of}` }, "audiences"),
      source.own && h("span", { class: "amc-chip", title: "A table of the instance's own" }, "own"),
      partly && h("span", { class: "amc-chip amc-partly", title: `On ${reach}${missing(source, this.schema)}` }, reach),
    ];
    return h(
      "li",
      {},
      h("div", { class: "amc-row" }, toggle, h("span", { class: "amc-chips" }, chips.filter(Boolean)), write),
      open ? this.inside(source, hits, terms, limit) : null,
    );
  }

  toggle(source, open) {
    this.open[open ? "delete" : "add"](source.name);
    const at = [...this.tree.querySelectorAll(".amc-source")].indexOf(this.tree.getRootNode().activeElement);
    this.draw();
    this.tree.querySelectorAll(".amc-source")[at]?.focus();
  }

  inside(source, hits, terms, limit) {
    const whole = hits.named || this.open.has(source.name);
    const listed = whole ? source.columns : hits.columns.slice(0, limit);
    const rest = source.columns.length - listed.length;
    const reach = this.schema.reach(source);
    return h(
      "div",
      { class: "amc-inside" },
      source.description && h("p", {}, ...marked(source.description, terms)),
      source.grain && h("p", {}, `One row: ${source.grain}`),
      h("p", {}, source.kind === "FACT" && source.time ? `Cut to the window by ${source.time}. ` : "Not cut to the window. ", reach && `On ${reach}${missing(source, this.schema)}.`),
      h("ul", { class: "amc-columns", "aria-label": `Columns of ${source.name}` }, listed.map((column) => this.column(column, source, terms))),
      rest > 0 && h("button", { type: "button", class: "amc-rest", onclick: () => this.toggle(source, false) }, `all ${source.columns.length} columns`),
    );
  }

  column(column, source, terms) {
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button", class: "amc-column", title: `Insert ${column.name}`,
          onclick: () => this.insert(column.name, source),
        },
        ...marked(column.name, terms, true),
      ),
      " ",
      h("span", { class: "amc-type" }, column.type),
      " ",
      ...badges({ ...column, threshold: column.threshold === "NONE" ? "" : column.threshold }),
      column.description && h("div", { class: "amc-about" }, ...marked(column.description, terms)),
    );
  }
}

/** Which columns fit all terms; `named` when the table itself does. Null when nothing fits. */
function hitsIn(source, terms) {
  if (!terms.length) return { named: true, columns: source.columns };
  const table = `${source.name} ${source.description}`.toLowerCase();
  if (terms.every((term) => table.includes(term))) return { named: true, columns: source.columns };
  const columns = source.columns.filter((column) => {
    const own = `${column.name} ${column.description}`.toLowerCase();
    const whole = `${source.name.toLowerCase()} ${own}`;
    return terms.every((term) => whole.includes(term)) && terms.some((term) => own.includes(term));
  });
  return columns.length ? { named: false, columns } : null;
}

/** The text with what was searched for marked; a name may be broken after its underscores. */
function marked(text, terms, isName = false) {
  const parts = (piece) => (isName ? breakable(piece) : [piece]);
  if (!terms.length) return parts(text);
  const wanted = new RegExp(`(${terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
  return text.split(wanted).flatMap((part, index) => (index % 2 ? [h("mark", {}, ...parts(part))] : parts(part)));
}

function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part, index) => (index ? [h("wbr"), part] : [part]));
}
