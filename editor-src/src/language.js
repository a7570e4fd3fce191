// AMC SQL for CodeMirror: its words in colour, and what can come next.
import { snippet } from "@codemirror/autocomplete";
import { SQLDialect, schemaCompletionSource } from "@codemirror/lang-sql";
import { LanguageSupport, syntaxTree } from "@codemirror/language";
import { bare, ctesOf, parametersOf, tablesOf } from "./scopes.js";

const WINDOW = ["TIME_WINDOW_START", "TIME_WINDOW_END"];

/** The language made from the server's lists: keywords, types, functions, sources. */
export function amcSql(words) {
  const dialect = SQLDialect.define({
    keywords: words.keywords.toLowerCase(),
    types: words.types.toLowerCase(),
    builtin: words.functions.map(([name]) => name.toLowerCase()).join(" "),
    operatorChars: "*+-%<>!=|/",
    identifierQuotes: '"',
    caseInsensitiveIdentifiers: true,
  });
  const schema = schemaOf(words.sources);
  const fixed = fixedOptions(words);
  const { data } = dialect.language;
  return new LanguageSupport(dialect.language, [
    data.of({ autocomplete: outsideStrings(schemaCompletionSource({ dialect, schema })) }),
    data.of({ autocomplete: (context) => complete(context, schema, fixed) }),
    data.of({ closeBrackets: { brackets: ["(", "[", "{", "'"] } }),
  ]);
}

/** `sources`: table → [remark, columns as [name, remark] or the name of the table it is like]. */
function schemaOf(sources) {
  const schema = {};
  for (const [name, [detail, columns]] of Object.entries(sources)) {
    const own = typeof columns === "string" ? sources[columns][1] : columns;
    schema[name] = {
      self: { label: name, type: "class", detail },
      children: own.map(([label, remark]) => ({ label, type: "property", detail: remark })),
    };
  }
  return schema;
}

function fixedOptions({ functions, keywords, types }) {
  const call = ([name, kind, signature, meaning, least]) => ({
    label: name,
    type: "function",
    detail: signature.startsWith(name) ? signature.slice(name.length) : signature,
    info: `${meaning} (${kind})`,
    apply: snippet(least ? `${name}(\${})` : `${name}()`),
  });
  const word = (type) => (label) => ({ label, type, boost: -1 });
  return [
    ...functions.map(call),
    ...keywords.split(" ").map(word("keyword")),
    ...types.split(" ").map(word("type")),
  ];
}

function outsideStrings(source) {
  return (context) => (inQuiet(context) ? null : source(context));
}

function inQuiet(context) {
  const { name } = syntaxTree(context.state).resolveInner(context.pos, -1);
  return name === "String" || name === "LineComment" || name === "BlockComment";
}

function complete(context, schema, fixed) {
  const text = context.state.doc.toString();
  const parameter = parameterAt(context, text);
  if (parameter || inQuiet(context)) return parameter;
  const typed = context.matchBefore(/[A-Za-z_][\w.]*/);
  if (!typed && !context.explicit) return null;
  const code = bare(text);
  const word = typed?.text ?? "";
  const ctes = ctesOf(code);
  if (word.includes(".")) return afterDot(context, word, code, ctes);
  const names = [...ctes.keys()].map((label) => ({ label, type: "class", detail: "CTE", boost: 2 }));
  const before = code.slice(0, typed?.from ?? context.pos);
  const inFrom = /\b(from|join)\s+$/i.test(before);
  const options = inFrom ? names : [...names, ...columnsInReach(code, ctes, schema), ...fixed];
  return { from: typed?.from ?? context.pos, options, validFor: /^\w*$/ };
}

/** Columns of a CTE by its name or alias; those of tables come from the schema's own source. */
function afterDot(context, word, code, ctes) {
  const [scope, , more] = word.split(".");
  if (more !== undefined) return null;
  const same = (name) => name.toLowerCase() === scope.toLowerCase();
  const table = tablesOf(code).find(([, alias]) => same(alias))?.[0] ?? scope;
  const cte = [...ctes].find(([name]) => name.toLowerCase() === table.toLowerCase());
  if (!cte) return null;
  const options = cte[1].map((label) => ({ label, type: "property", detail: cte[0] }));
  return { from: context.pos - word.length + scope.length + 1, options, validFor: /^\w*$/ };
}

function columnsInReach(code, ctes, schema) {
  const options = new Map();
  for (const [table] of tablesOf(code)) {
    const known = schema[table.toLowerCase()];
    const own = known?.children ?? (ctes.get(table) ?? []).map((label) => ({ label, type: "property" }));
    for (const column of own) if (!options.has(column.label)) options.set(column.label, { ...column, boost: 1 });
  }
  return options.values();
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
