// What a text names, SELECT by SELECT: tables with their aliases, CTEs and subqueries with their
// columns, parameters. Read tolerantly: a text that is being written is seldom whole.

const WORD = /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\{\{[^{}]*\}\}|[A-Za-z_][A-Za-z0-9_]*|\d[\d.]*|\s+|[^]/g;
const SET = new Set(["UNION", "INTERSECT", "EXCEPT"]);
const ENDS = new Set(["WHERE", "GROUP", "HAVING", "ORDER", "WINDOW", "LIMIT"]);
const JOINS = new Set(["JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER", "LATERAL"]);
const NO_ALIAS = new Set([...SET, ...ENDS, ...JOINS, "ON", "USING", "SELECT", "AS", "FROM", "ALL", "AND", "OR"]);

/** Tokens without blanks and comments, each with its place; `at` of a bracket is its partner. */
export function tokensOf(text) {
  const tokens = [];
  const open = [];
  for (const match of text.matchAll(WORD)) {
    const [raw] = match;
    if (/^\s|^--|^\/\*/.test(raw)) continue;
    const kind = raw[0] === "'" ? "text" : raw[0] === '"' ? "name" : /^[A-Za-z_]/.test(raw) ? "name" : "other";
    const name = raw[0] === '"' ? raw.slice(1).replace(/"$/, "").replaceAll('""', '"') : raw;
    const token = { raw, name, kind, upper: raw[0] === '"' ? "" : raw.toUpperCase(), from: match.index, to: match.index + raw.length };
    if (raw === "(") open.push(tokens.length);
    if (raw === ")" && open.length) {
      token.at = open.pop();
      tokens[token.at].at = tokens.length;
    }
    tokens.push(token);
  }
  return tokens;
}

/**
 * The SELECTs of a text, inner ones after outer ones: `from` and `to`, `items` (what its FROM reads:
 * `alias`, `name`, `columns`), `ctes` in sight, and the `parent` around it.
 *
 * @param lookup gives the columns of a data source by lower-case name, or undefined.
 */
export function blocksOf(text, lookup) {
  const reader = new Reader(tokensOf(text), text.length, lookup);
  reader.query(0, reader.tokens.length, null, new Map());
  return reader.blocks;
}

/** The innermost SELECT around a place. */
export function blockAt(blocks, position) {
  const around = blocks.filter((block) => block.from <= position && position <= block.to);
  return around.reduce((best, block) => (!best || block.to - block.from <= best.to - best.from ? block : best), null);
}

/** What a SELECT reads, then what those around it read. */
export function* itemsInSight(block) {
  for (let at = block; at; at = at.parent) yield* at.items;
}

/** The item with an alias (or a table's name), in any case. */
export function itemNamed(block, name) {
  const wanted = name.toLowerCase();
  for (const item of itemsInSight(block)) if (item.alias.toLowerCase() === wanted) return item;
  return null;
}

class Reader {
  constructor(tokens, length, lookup) {
    Object.assign(this, { tokens, length, lookup, blocks: [] });
  }

  /** A query between two tokens; gives its output columns. */
  query(start, end, parent, outer) {
    const ctes = new Map(outer);
    let at = start;
    if (this.upper(at) === "WITH") at = this.ctes(at + 1, end, parent, ctes);
    if (this.raw(at) === "(" && this.isQuery(at + 1)) {
      const close = this.close(at, end);
      return this.query(at + 1, close, parent, ctes);
    }
    let columns = null;
    while (at < end) {
      let stop = at;
      while (stop < end && !SET.has(this.upper(stop))) stop = this.next(stop, end);
      const found = this.select(at, stop, parent, ctes);
      columns ??= found;
      at = stop + 1;
      if (["ALL", "DISTINCT"].includes(this.upper(at))) at += 1;
    }
    return columns ?? [];
  }

  ctes(at, end, parent, ctes) {
    while (at < end && this.tokens[at].kind === "name") {
      const { name } = this.tokens[at];
      at += 1;
      let listed = null;
      if (this.raw(at) === "(") {
        const close = this.close(at, end);
        listed = this.tokens.slice(at + 1, close).filter((t) => t.kind === "name").map((t) => column(t.name));
        at = close + 1;
      }
      if (this.upper(at) !== "AS") return at;
      at += 1;
      if (this.raw(at) !== "(") return at;
      const close = this.close(at, end);
      const columns = this.query(at + 1, close, parent, ctes);
      ctes.set(name.toLowerCase(), { name, columns: listed ? rename(columns, listed) : columns });
      at = close + 1;
      if (this.raw(at) !== ",") return at;
      at += 1;
    }
    return at;
  }

  /** One SELECT (or VALUES): a block of its own, and its output columns. */
  select(start, end, parent, ctes) {
    if (start >= end) return [];
    const last = this.tokens[end - 1];
    const to = end >= this.tokens.length ? this.length : Math.max(last.to, this.tokens[end].from);
    const block = { from: this.tokens[start].from, to, items: [], ctes, parent };
    this.blocks.push(block);
    let from = start;
    while (from < end && this.upper(from) !== "FROM") from = this.next(from, end);
    let rest = from;
    while (rest < end && !ENDS.has(this.upper(rest))) rest = this.next(rest, end);
    if (from < end) this.fromList(from + 1, rest, block);
    this.inside(start, from, block);
    this.inside(rest, end, block);
    return this.upper(start) === "SELECT" ? this.outputs(start + 1, from, block) : [];
  }

  /** Subqueries within brackets that are no FROM items. */
  inside(start, end, block) {
    for (let at = start; at < end; at += 1) {
      if (this.raw(at) !== "(") continue;
      const close = this.close(at, end);
      if (this.isQuery(at + 1)) this.query(at + 1, close, block, block.ctes);
      else this.inside(at + 1, close, block);
      at = close;
    }
  }

  fromList(start, end, block) {
    let at = start;
    let wanted = true;
    while (at < end) {
      const token = this.tokens[at];
      if (wanted && !JOINS.has(token.upper)) {
        at = this.fromItem(at, end, block);
        wanted = false;
      } else {
        if (token.raw === "," || token.upper === "JOIN") wanted = true;
        if (token.raw === "(") this.inside(at, this.close(at, end) + 1, block);
        at = this.next(at, end);
      }
    }
  }

  fromItem(at, end, block) {
    const token = this.tokens[at];
    let item = null;
    if (token.raw === "(") {
      const close = this.close(at, end);
      if (!this.isQuery(at + 1)) this.fromList(at + 1, close, block);
      else item = { name: "", columns: this.query(at + 1, close, block.parent, block.ctes) };
      at = close + 1;
    } else if (token.kind === "name") {
      let { name } = token;
      at += 1;
      if (this.raw(at) === "(") {
        const close = this.close(at, end);
        name = this.tokens.slice(at, close).find((t) => t.kind === "text")?.raw.slice(1, -1) ?? name;
        at = close + 1;
      }
      item = this.source(name, block);
    } else return at + 1;
    if (this.upper(at) === "AS") at += 1;
    const next = this.tokens[at];
    let alias = "";
    if (at < end && next.kind === "name" && !NO_ALIAS.has(next.upper)) {
      alias = next.name;
      at += 1;
    }
    if (item) block.items.push({ ...item, alias: alias || item.name });
    return at;
  }

  source(name, block) {
    const cte = block.ctes.get(name.toLowerCase());
    return cte ? { name: cte.name, columns: cte.columns, cte: true } : { name, columns: this.lookup(name.toLowerCase()) ?? [] };
  }

  outputs(start, end, block) {
    const columns = [];
    let first = ["DISTINCT", "ALL"].includes(this.upper(start)) ? start + 1 : start;
    for (let at = first; at <= end; at = this.next(at, end)) {
      if (at < end && this.raw(at) !== ",") continue;
      columns.push(...this.output(first, at, block));
      first = at + 1;
      if (at >= end) break;
    }
    return columns;
  }

  output(start, end, block) {
    if (start >= end) return [];
    const last = this.tokens[end - 1];
    const scope = this.raw(end - 2) === "." ? this.tokens[end - 3] : null;
    if (last.raw === "*") {
      const items = scope ? [itemNamed(block, scope.name)].filter(Boolean) : block.items;
      return items.flatMap((item) => item.columns);
    }
    if (last.kind !== "name" || last.upper === "END") return [];
    const plain = end - start === 1 || (scope && end - start === 3);
    if (!plain) return [column(last.name)];
    const items = scope ? [itemNamed(block, scope.name)].filter(Boolean) : block.items;
    const same = (known) => known.name.toLowerCase() === last.name.toLowerCase();
    return [items.flatMap((item) => item.columns).find(same) ?? column(last.name)];
  }

  isQuery(at) {
    while (this.raw(at) === "(") at += 1;
    return ["SELECT", "WITH", "VALUES"].includes(this.upper(at));
  }

  /** The token after this one, behind the brackets that it opens. */
  next(at, end) {
    return this.raw(at) === "(" ? this.close(at, end) + 1 : at + 1;
  }

  close(at, end) {
    return Math.min(this.tokens[at].at ?? end, end);
  }

  upper(at) {
    return this.tokens[at]?.upper ?? "";
  }

  raw(at) {
    return this.tokens[at]?.raw ?? "";
  }
}

function column(name) {
  return { name };
}

function rename(columns, listed) {
  return listed.map((name, index) => ({ ...columns[index], ...name }));
}

/** The names of parameters that the text uses already, of both kinds. */
export function parametersOf(text) {
  const own = [...text.matchAll(/CUSTOM_PARAMETER\s*\(\s*'([^'\n]+)'/gi)].map((match) => match[1]);
  const bound = [...text.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g)].map((match) => match[1]);
  return { own: [...new Set(own)], bound: [...new Set(bound)] };
}
