// What a text names: its tables with their aliases, its CTEs with their columns, its parameters.
// Found by looking, not by parsing: a text that is being written is seldom whole.
const NAME = "[A-Za-z_][A-Za-z0-9_]*";

/** The text with comments and strings blanked, so that places stay and words in them do not count. */
export function bare(text) {
  return text.replace(/--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)/g, (part) => " ".repeat(part.length));
}

/** Pairs of [table, alias] named after FROM, JOIN or a comma in a FROM list. */
export function tablesOf(text) {
  const found = [];
  const named = new RegExp(`\\b(?:from|join)\\s+(${NAME}(?:\\s*(?:as\\s+)?${NAME})?(?:\\s*,\\s*${NAME}(?:\\s+(?:as\\s+)?${NAME})?)*)`, "gi");
  for (const [, list] of text.matchAll(named)) {
    for (const item of list.split(",")) {
      const [table, ...rest] = item.trim().split(/\s+/);
      const alias = rest.at(-1);
      found.push([table, alias && !NOT_ALIAS.has(alias.toLowerCase()) ? alias : table]);
    }
  }
  return found;
}

const NOT_ALIAS = new Set(
  "on using where group having order limit union join left right full inner cross outer window as select".split(" "),
);

/** CTE name → the names of its columns, where they can be read off its SELECT list. */
export function ctesOf(text) {
  const found = new Map();
  for (const match of text.matchAll(new RegExp(`\\b(${NAME})(?:\\s*\\(([^()]*)\\))?\\s+as\\s*\\(`, "gi"))) {
    const inside = text.slice(match.index + match[0].length);
    if (!/^\s*(select|with|values)\b/i.test(inside)) continue;
    const listed = match[2] ? match[2].split(",").map((name) => name.trim()) : columnsOf(inside);
    found.set(match[1], listed.filter(Boolean));
  }
  return found;
}

function columnsOf(inside) {
  const start = /^\s*select\s+(?:distinct\s+)?/i.exec(inside);
  if (!start) return [];
  const items = [""];
  let depth = 0;
  for (const token of inside.slice(start[0].length).match(/[A-Za-z0-9_]+|[^]/g) ?? []) {
    if (token === "(" || token === "[") depth += 1;
    if (token === ")" || token === "]") depth -= 1;
    if (depth < 0 || (depth === 0 && token.toLowerCase() === "from")) break;
    if (depth === 0 && token === ",") items.push("");
    else items[items.length - 1] += token;
  }
  return items.map((item) => new RegExp(`(${NAME})\\s*$`).exec(item)?.[1] ?? "");
}

/** The names of parameters that the text uses already, of both kinds. */
export function parametersOf(text) {
  const own = [...text.matchAll(/CUSTOM_PARAMETER\s*\(\s*'([^'\n]+)'/gi)].map((match) => match[1]);
  const bound = [...text.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g)].map((match) => match[1]);
  return { own: [...new Set(own)], bound: [...new Set(bound)] };
}
