// What a word means, when the pointer rests on it.
import { hoverTooltip } from "@codemirror/view";
import { columnDoc, cteDoc, functionDoc, parameterDoc, sourceDoc } from "./docs.js";
import { columnNamed, quietAt } from "./language.js";
import { blockAt, blocksOf, itemNamed } from "./scopes.js";

/** `editor` has the `schema` and what the server told of the `parameters`. */
export function hoverDocs(editor) {
  return hoverTooltip((view, position) => {
    const word = wordAt(view.state, position);
    const doc = word && editor.schema && docOf(view.state, word, editor);
    return doc ? { pos: word.from, end: word.to, above: true, create: () => ({ dom: doc }) } : null;
  }, { hoverTime: 350 });
}

function wordAt(state, position) {
  const line = state.doc.lineAt(position);
  for (const match of line.text.matchAll(/[A-Za-z_]\w*/g)) {
    const from = line.from + match.index;
    const to = from + match[0].length;
    if (from > position || to < position) continue;
    const before = line.text.slice(0, match.index);
    return { from, to, text: match[0], before, after: line.text.slice(match.index + match[0].length) };
  }
  return null;
}

function docOf(state, word, { schema, parameters }) {
  const inParameter = /_PARAMETER\s*\(\s*'$/i.test(word.before) || /\{\{\s*$/.test(word.before);
  if (inParameter) {
    const parameter = parameters.find((known) => known.name === word.text);
    return parameter && parameterDoc(parameter);
  }
  const inTable = /EXTEND_TIME_WINDOW\s*\(\s*'$/i.test(word.before);
  if (quietAt(state, word.from, 1) && !inTable) return null;
  const source = schema.sources.get(word.text.toLowerCase());
  if (inTable) return source && sourceDoc(source, schema);
  const block = blockAt(blocksOf(state.doc.toString(), (name) => schema.columns(name)), word.from);
  const scope = /([A-Za-z_]\w*)\.$/.exec(word.before)?.[1];
  if (!scope) {
    const call = schema.functions.get(word.text.toUpperCase());
    if (call && (/^\s*\(/.test(word.after) || !call.signature.includes("("))) return functionDoc(call);
  }
  const column = columnNamed(block, scope, word.text);
  if (column) return columnDoc(column, origin(block, column));
  if (scope) return null;
  const cte = block?.ctes.get(word.text.toLowerCase());
  if (cte) return cteDoc({ ...cte, cte: true });
  if (source) return sourceDoc(source, schema);
  const item = itemNamed(block, word.text);
  if (!item) return null;
  const known = item.cte ? null : schema.sources.get(item.name.toLowerCase());
  return known ? sourceDoc(known, schema) : cteDoc(item);
}

function origin(block, column) {
  const item = block.items.find((known) => known.columns.includes(column));
  if (!item) return "";
  const name = item.name || item.alias;
  return name === item.alias ? `from ${name}` : `from ${name} as ${item.alias}`;
}
