// AMC SQL for CodeMirror: its words in colour, and what can come next.
import { snippet } from "@codemirror/autocomplete";
import { SQLDialect } from "@codemirror/lang-sql";
import { LanguageSupport, syntaxTree } from "@codemirror/language";
import { columnDoc, cteDoc, functionDoc, sourceDoc } from "./docs.js";
import { blockAt, blocksOf, itemNamed, itemsInSight, parametersOf } from "./scopes.js";

const WINDOW = ["TIME_WINDOW_START", "TIME_WINDOW_END"];

/** The language made from a schema: its keywords, types, functions and data sources. */
export function amcSql(schema) {
  const keywords = new Set(schema.keywords.split(" ")); // LEFT is both: the join is the usual one
  const names = [...schema.functions.keys()].filter((name) => !keywords.has(name));
  const dialect = SQLDialect.define({
    keywords: schema.keywords.toLowerCase(),
    types: schema.types.toLowerCase(),
    builtin: names.join(" ").toLowerCase(),
    operatorChars: "*+-%<>!=|/",
    identifierQuotes: '"',
    caseInsensitiveIdentifiers: true,
  });
  const fixed = fixedOptions(schema);
  const { data } = dialect.language;
  return new LanguageSupport(dialect.language, [
    data.of({ autocomplete: (context) => complete(context, schema, fixed) }),
    data.of({ closeBrackets: { brackets: ["(", "[", "{", "'"] } }),
  ]);
}

function fixedOptions({ functions, keywords, types }) {
  const call = (spec) => ({
    label: spec.name,
    type: "function",
    detail: spec.signature.startsWith(spec.name) ? spec.signature.slice(spec.name.length) : spec.signature,
    info: () => functionDoc(spec),
    apply: snippet(spec.least ? `${spec.name}(\${})` : `${spec.name}()`),
  });
  const word = (type) => (label) => ({ label, type, boost: -1 });
  return [
    ...[...functions.values()].map(call),
    ...keywords.split(" ").map(word("keyword")),
    ...types.split(" ").map(word("type")),
  ];
}

/** What stands at a place: code, or something in which words mean nothing. */
export function quietAt(state, position, side = -1) {
  const { name } = syntaxTree(state).resolveInner(position, side);
  return name === "LineComment" || name === "BlockComment" || name === "String" ? name : "";
}

function complete(context, schema, fixed) {
  const text = context.state.doc.toString();
  const parameter = parameterAt(context, text);
  if (parameter) return parameter;
  const quiet = quietAt(context.state, context.pos);
  const lookup = (name) => schema.columns(name);
  const block = () => blockAt(blocksOf(text, lookup), context.pos);
  if (quiet === "String") return valuesAt(context, block);
  const typed = context.matchBefore(/[A-Za-z_][\w.]*/);
  if (quiet || (!typed && !context.explicit)) return null;
  const word = typed?.text ?? "";
  if (word.includes(".")) return afterDot(context, word, block());
  const from = typed?.from ?? context.pos;
  const inFrom = /\b(from|join)\s+$|\bfrom\s+[\w\s,]*,\s*$/i.test(text.slice(Math.max(0, from - 300), from));
  const around = block();
  const tables = tableOptions(schema, around);
  const options = inFrom ? tables : [...columnOptions(around), ...tables.map(later), ...fixed];
  return { from, options, validFor: /^\w*$/ };
}

const later = (option) => ({ ...option, boost: -2 });

function tableOptions(schema, block) {
  const ctes = [...(block?.ctes.values() ?? [])].map((cte) => (
    { label: cte.name, type: "class", detail: "CTE", boost: 3, info: () => cteDoc({ ...cte, cte: true }) }
  ));
  const named = new Set(ctes.map((cte) => cte.label.toLowerCase()));
  const sources = [...schema.sources.values()].filter((source) => !named.has(source.name.toLowerCase()));
  return [...ctes, ...sources.map((source) => ({
    label: source.name,
    type: "class",
    detail: source.of ? "for audiences" : source.paid ? "paid feature" : source.kind.toLowerCase(),
    boost: source.of ? -1 : 0,
    info: () => sourceDoc(source, schema),
  }))];
}

function columnOption(column, from, boost) {
  const remark = [column.type, column.unit, column.threshold === "NONE" ? "" : column.threshold];
  const detail = remark.filter(Boolean).join(" · ") || from;
  return { label: column.name, type: "property", detail, boost, info: () => columnDoc(column, from) };
}

/** Columns of everything in reach, each name once; and the aliases they can be named by. */
function columnOptions(block) {
  const options = new Map();
  for (const item of itemsInSight(block)) {
    for (const column of item.columns) {
      if (!options.has(column.name)) options.set(column.name, columnOption(column, `from ${item.alias}`, 2));
    }
  }
  for (const { alias, name } of itemsInSight(block)) {
    if (alias && !options.has(alias)) options.set(alias, { label: alias, type: "class", detail: name === alias ? "" : name, boost: 1 });
  }
  return options.values();
}

function afterDot(context, word, block) {
  const [scope, , more] = word.split(".");
  const item = more === undefined ? itemNamed(block, scope) : null;
  if (!item) return null;
  const options = item.columns.map((column) => columnOption(column, `from ${item.name || item.alias}`, 0));
  return { from: context.pos - word.length + scope.length + 1, options, validFor: /^\w*$/ };
}

/** Inside a text that a column is compared with: the values that the column is known to have. */
function valuesAt(context, block) {
  const found = context.matchBefore(/[\w.]+\s*(?:=|<>|!=|in\s*\((?:\s*'[^'\n]*'\s*,)*)\s*'[^'\n]*/i);
  if (!found) return null;
  const [name, scope] = /^[\w.]+/.exec(found.text)[0].split(".").reverse();
  const column = columnNamed(block(), scope, name);
  const typed = /[^']*$/.exec(found.text)[0];
  const options = (column?.values ?? []).filter((value) => value !== null)
    .map((label) => ({ label, type: "constant", detail: "known value" }));
  return options.length ? { from: context.pos - typed.length, options, validFor: /^[^'\n]*$/ } : null;
}

/** A column by its name and the alias before it, if any. */
export function columnNamed(block, scope, name) {
  const items = scope ? [itemNamed(block, scope)].filter(Boolean) : [...itemsInSight(block)];
  const same = (column) => column.name.toLowerCase() === name.toLowerCase();
  return items.flatMap((item) => item.columns).find(same);
}

/** Inside CUSTOM_PARAMETER('…'), BUILT_IN_PARAMETER('…') and {{ … }}. */
function parameterAt(context, text) {
  const used = parametersOf(text);
  const quoted = context.matchBefore(/(CUSTOM|BUILT_IN)_PARAMETER\s*\(\s*'\w*/i);
  const braced = quoted ? null : context.matchBefore(/\{\{\s*\w*/);
  const found = quoted ?? braced;
  if (!found) return null;
  const typed = /\w*$/.exec(found.text)[0];
  const builtIn = quoted && /^built/i.test(quoted.text);
  const names = builtIn ? WINDOW : quoted ? used.own : used.bound;
  const options = names.filter((name) => name !== typed).map((label) => ({ label, type: "variable", detail: "parameter" }));
  return { from: context.pos - typed.length, options, validFor: /^\w*$/ };
}
