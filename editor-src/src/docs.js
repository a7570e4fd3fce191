// What there is to know of a data source, a column, a function, a parameter: for the pointer, for
// completion and for the explorer.
import { h } from "./dom.js";
import { THRESHOLDS } from "./schema.js";

/** A column's badges: threshold (with what it means) and unit of money. */
export function badges(column) {
  const [, meaning] = THRESHOLDS[column.threshold] ?? [];
  const [short] = THRESHOLDS[column.threshold] ?? [];
  return [
    meaning && h("span", { class: `amc-chip amc-t-${column.threshold}`, title: meaning }, `${column.threshold} · ${short}`),
    column.unit && h("span", { class: "amc-chip amc-unit", title: "Money in this unit" }, column.unit),
  ];
}

export function columnDoc(column, from) {
  const [, meaning] = THRESHOLDS[column.threshold] ?? [];
  return h(
    "div",
    { class: "amc-doc" },
    h("div", { class: "amc-doc-head" }, h("code", {}, column.name), " ", column.type ?? "", " ", ...badges(column)),
    from && h("div", { class: "amc-doc-from" }, from),
    column.description && h("p", {}, column.description),
    meaning && column.threshold !== "NONE" && h("p", {}, `${meaning}.`),
    column.values?.length ? h("p", {}, "Known values: ", h("code", {}, values(column.values))) : null,
  );
}

function values(list) {
  const shown = list.slice(0, 8).map((value) => (value === null ? "NULL" : `'${value}'`)).join(", ");
  return list.length > 8 ? `${shown}, …` : shown;
}

export function sourceDoc(source, schema) {
  const facts = [
    source.kind === "FACT" ? `Cut to the window by ${source.time || "no column"}.` : "Not cut to the window.",
    source.paid ? "Needs a subscription." : "",
    source.of ? `For audience queries; the table for reports is ${source.of}.` : "",
  ];
  const reach = schema.reach(source);
  return h(
    "div",
    { class: "amc-doc" },
    h("div", { class: "amc-doc-head" }, h("code", {}, source.name), ` ${source.columns.length} columns`),
    source.description && h("p", {}, source.description),
    source.grain && h("p", {}, `One row: ${source.grain}`),
    h("p", {}, facts.filter(Boolean).join(" ")),
    reach && h("p", {}, `On ${reach}${missing(source, schema)}.`),
  );
}

/** Which instances lack it, by name. */
export function missing(source, schema) {
  const names = source.missing.map((index) => schema.instances[index]);
  if (!names.length || names.length === schema.instances.length) return "";
  const shown = names.slice(0, 6).join(", ");
  return `; not on ${shown}${names.length > 6 ? ` and ${names.length - 6} more` : ""}`;
}

export function functionDoc(call) {
  return h(
    "div",
    { class: "amc-doc" },
    h("div", { class: "amc-doc-head" }, h("code", {}, call.signature), ` ${call.kind}`),
    h("p", {}, `${call.meaning[0].toUpperCase()}${call.meaning.slice(1)}.`),
  );
}

export function parameterDoc(parameter) {
  return h(
    "div",
    { class: "amc-doc" },
    h("div", { class: "amc-doc-head" }, h("code", {}, parameter.name), ` ${parameter.type}${parameter.certain ? "" : " (the value decides)"}`),
    h("p", {}, parameter.placeholder ? "Bound into the text." : "Sent beside the text as an AMC parameter."),
    ...parameter.uses.map((use) => h("p", {}, use)),
  );
}

export function cteDoc(item) {
  const names = item.columns.map((column) => column.name).join(", ");
  return h(
    "div",
    { class: "amc-doc" },
    h("div", { class: "amc-doc-head" }, h("code", {}, item.name || item.alias), item.cte ? " CTE" : " subquery"),
    names && h("p", {}, `Columns: ${names}`),
  );
}
