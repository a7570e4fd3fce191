"""Small questions that several rules ask of the tree."""

import re

from sqlglot import exp

from amc.sql.analysis import Level, Source, parameter_name
from amc.sql.nodes import AmcFunction, call_args, call_name, extended_table
from amc.sql.places import Span
from amc.sql.rules.base import Context, Edit, written
from amc.sql.rules.foreign import DATE_UNITS, REFUSED


def table_text(node: exp.Table) -> exp.Expr:
    """The table's name as text inside EXTEND_TIME_WINDOW; the node itself otherwise."""
    extended = extended_table(node)
    return extended.args[0] if extended is not None and extended.args else node


def source_name(source: Source) -> str:
    """The name of the table or CTE behind an alias."""
    return source.node.name.lower() if isinstance(source.node, exp.Table) else ""


def is_quoted(column: exp.Column) -> bool:
    """Whether a column stands in double quotes."""
    return isinstance(column.this, exp.Identifier) and bool(column.this.args.get("quoted"))


def is_star(item: exp.Expr) -> bool:
    """`*` or `alias.*`."""
    inner = item.this if isinstance(item, exp.Column | exp.Alias) else item
    return isinstance(inner, exp.Star)


def inner_of(item: exp.Expr) -> exp.Expr:
    """A select item without its alias."""
    return item.this if isinstance(item, exp.Alias) else item


def bare(node: exp.Expr) -> exp.Expr:
    """An expression without the brackets around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def shared_names(level: Level) -> set[str]:
    """Columns that joins of a SELECT share by USING; all of them in a NATURAL JOIN."""
    names: set[str] = set()
    for join in level.node.args.get("joins") or []:
        names |= {u.name.lower() for u in join.args.get("using") or []}
        if str(join.method).upper() == "NATURAL":
            names |= {n for s in level.sources for n in s.names()}
    return names


def top_query(tree: exp.Expr) -> exp.Expr:
    """The outermost query, out of its brackets."""
    while isinstance(tree, exp.Subquery):
        tree = tree.this
    return tree


def join_words(context: Context, join: exp.Join, first: str) -> Span:
    """The place of `RIGHT OUTER JOIN` and its like, from a first word to JOIN."""
    places = context.places
    before = places.token_before(places.span(join.this)[0])
    while before is not None and before.upper != "JOIN":
        before = places.token_before(before.start)
    if before is None:
        return places.span(join)
    word = before
    while word is not None and word.upper != first:
        found = places.token_before(word.start)
        if found is None:
            return before.start, before.end
        word = found
    return word.start, before.end


def comparisons(context: Context) -> list[tuple[exp.Expr, list[exp.Expr]]]:
    """Every comparison with its sides; a query in IN counts as a side, and so does WHEN."""
    analysis = context.analysis
    pairs = analysis.of(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
    made: list[tuple[exp.Expr, list[exp.Expr]]] = [(n, [n.this, n.expression]) for n in pairs]
    made += [(n, [n.this, n.args["low"], n.args["high"]]) for n in analysis.of(exp.Between)]
    for node in analysis.of(exp.In):
        query = node.args.get("query")
        made.append((node, [node.this, *([query] if query is not None else node.expressions)]))
    for case in analysis.of(exp.Case):
        if case.this is not None:
            # CASE x WHEN y compares as x = y does.
            made += [(branch.this, [case.this, branch.this]) for branch in case.args["ifs"]]
    return made


def has_grouping_sets(level: Level) -> bool:
    """Whether GROUP BY is more than a plain list."""
    group = level.node.args.get("group")
    if group is None:
        return False
    keys = ("rollup", "cube", "grouping_sets", "all", "totals")
    items = any(isinstance(e, exp.Rollup | exp.Cube | exp.GroupingSets) for e in group.expressions)
    return items or any(group.args.get(k) for k in keys)


def column_key(node: exp.Expr, level: Level) -> tuple[str, int]:
    """A column's name with its source: the same for `a.x` and `x`."""
    node = bare(node)
    _, source, _ = level.resolve(node) if isinstance(node, exp.Column) else (None, None, False)
    return node.name.lower(), id(source)


def plain(context: Context, node: exp.Expr) -> str:
    """An expression in small letters, without blanks and table names, to compare with others."""
    text = context.places.source(bare(node)).lower()
    return _QUALIFIER.sub("", "".join(text.split()))


_QUALIFIER = re.compile(r"\b[a-z_]\w*\.(?=[a-z_])")


def first_item(query: exp.Expr) -> exp.Expr:
    """The first output item of a query's first SELECT."""
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
    return query.expressions[0] if query.expressions else query


def patterns(context: Context) -> list[exp.Literal]:
    """Regular expressions that are written out."""
    found = [bare(n.expression) for n in context.analysis.of(exp.SimilarTo)]
    for node in context.analysis.of(AmcFunction):
        if node.name in ("REGEXP_REPLACE", "REGEXP_SUBSTR", "REGEXP_SPLIT"):
            found += node.expressions[1:2]
    return [f for f in found if isinstance(f, exp.Literal) and f.is_string]


def parameter_calls(context: Context) -> list[tuple[AmcFunction, str, str]]:
    """Every parameter call with its kind and name."""
    made = []
    for node in context.analysis.of(AmcFunction):
        found = parameter_name(node)
        if found is not None and isinstance(node, AmcFunction):
            made.append((node, *found))
    return made


def partner(node: exp.Expr) -> exp.Expr | None:
    """What a value is compared with."""
    parent = node.parent
    if isinstance(parent, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
        other = parent.expression if parent.this is node else parent.this
    elif isinstance(parent, exp.In | exp.Between) and parent.this is not node:
        other = parent.this
    else:
        return None
    return other if isinstance(other, exp.Expr) else None


def list_wanted(node: exp.Expr) -> bool | None:
    """Whether a parameter is used as a list; None when its use does not tell."""
    parent = node.parent
    if isinstance(parent, exp.Func) and not isinstance(parent, exp.Anonymous):
        name = call_name(parent)
        args = call_args(parent)
        if name in _LIST_FIRST and args and args[0] is node:
            return True
        if name in ("COALESCE", "IFNULL", "NVL", "IF", "CONCAT", "NULLIF"):
            return None
        return False if name in ("CAST", "ARRAY_CONTAINS", "LOWER", "UPPER") else None
    if isinstance(parent, exp.In) and parent.this is not node:
        # x IN (CUSTOM_PARAMETER('one')) takes one value.
        return False
    if partner(node) is not None or isinstance(parent, exp.Add | exp.Sub | exp.Mul | exp.Div):
        return False
    return False if isinstance(parent, exp.SimilarTo | exp.Like) else None


_LIST_FIRST = frozenset(
    {"ARRAY_CONTAINS", "CARDINALITY", "ARRAY_SORT", "ARRAY_TO_STRING", "ARRAY_DISTINCT", "EXPLODE"}
)


def table_place(node: exp.Table) -> exp.Expr:
    """Where a table's name stands."""
    return node.this if isinstance(node.this, exp.Identifier) else table_text(node)


def table_edit(context: Context, node: exp.Table, name: str) -> Edit | None:
    """An edit that reads another table, also inside EXTEND_TIME_WINDOW."""
    place = table_place(node)
    if isinstance(place, exp.Literal):
        return Edit(context.places.span(place), f"'{name}'")
    if context.places.token_at(context.places.span(place)[1]) is None or node.alias:
        return written(context, place, name)
    # Columns may be written with the table's name before them: it stays as the alias.
    written_with = any(u.node.table.lower() == node.name.lower() for u in context.analysis.columns)
    return written(context, place, f"{name} AS {node.name}" if written_with else name)


def conjuncts(node: exp.Expr | None) -> list[exp.Expr]:
    """The conditions that AND puts together."""
    found, stack = [], [node]
    while stack:
        part = stack.pop()
        if part is None:
            continue
        part = bare(part)
        if isinstance(part, exp.And):
            stack += [part.expression, part.this]
        else:
            found.append(part)
    return found


def equalities(on: exp.Expr | None) -> list[tuple[exp.Column, exp.Column]]:
    """The pairs of columns that a join condition equals."""
    made = []
    for part in conjuncts(on):
        if isinstance(part, exp.EQ):
            left, right = bare(part.this), bare(part.expression)
            if isinstance(left, exp.Column) and isinstance(right, exp.Column):
                made.append((left, right))
    return made


def join_keys(context: Context, level: Level) -> dict[int, set[str]]:
    """Columns of each source (by `id`) that joins equal with another source, by name."""
    keys: dict[int, set[str]] = {}
    where = level.node.args.get("where")
    conditions = [j.args.get("on") for j in level.node.args.get("joins") or []]
    conditions.append(where.this if where is not None else None)
    for condition in conditions:
        for left, right in equalities(condition):
            ours = context.analysis.uses.get(id(left))
            theirs = context.analysis.uses.get(id(right))
            if ours is None or theirs is None or ours.source is theirs.source:
                continue
            for use in (ours, theirs):
                if use.source is not None:
                    keys.setdefault(id(use.source), set()).add(use.node.name.lower())
    shared = shared_names(level)
    if shared:
        for source in level.sources:
            own = {n for n in shared if source.column(n) is not None}
            keys.setdefault(id(source), set()).update(own)
    return keys


def names_a_text(node: exp.Column) -> bool:
    """Whether a name stands where only a text can: another rule speaks of it."""
    parent = node.parent
    if isinstance(parent, exp.Anonymous) and call_name(parent) in REFUSED:
        # DATEDIFF(day, a, b): that there is no such function is said already.
        return not node.table and node.name.upper() in DATE_UNITS
    if not isinstance(parent, AmcFunction):
        return False
    if parent.name in ("CUSTOM_PARAMETER", "BUILT_IN_PARAMETER"):
        return True
    return parent.name == "DATE_TRUNC" and parent.expressions[0] is node


def window_aliases(level: Level) -> set[str]:
    """The aliases of a SELECT whose values a window function makes."""
    nodes = {id(n): alias for alias, n in level.aliases.items()}
    found = set()
    for window, _ in level.windows if nodes else ():
        part: exp.Expr | None = window
        while part is not None and not isinstance(part, exp.Query):
            if id(part) in nodes:
                found.add(nodes[id(part)])
            part = part.parent
    return found
