"""What one row of a query is, and how its parts are joined: one walk from the inside out."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from amc.sql.catalog import Catalog
from amc.sql.explain.fixed import fixed_columns
from amc.sql.explain.joins import explain_join
from amc.sql.explain.model import JoinRead
from amc.sql.explain.passing import (
    distinct_columns,
    labelled_union,
    numbered,
    passed_on,
)
from amc.sql.explain.shape import ROW, Shape, in_words, not_shown, plain
from amc.sql.nodes import extended_table

# Columns that tell the rows of a table apart.
_UNIQUE = {
    "conversions": "conversion_id",
    "conversions_all": "conversion_id",
    "dsp_impressions": "request_tag",
    "amazon_retail_purchases": "event_id",
}
Ctes = dict[str, Shape]


@dataclass
class Shapes:
    """Walks queries; `joins` are all joins met on the way."""

    catalog: Catalog
    joins: list[JoinRead] = field(default_factory=list)

    def of(self, node: exp.Expr, ctes: Ctes | None = None) -> Shape:
        """The shape of any query: SELECT, UNION, brackets, VALUES."""
        ctes = self._with(node, ctes or {})
        if isinstance(node, exp.Subquery):
            return self.of(node.this, ctes)
        if isinstance(node, exp.SetOperation):
            return self._union(node, ctes)
        if isinstance(node, exp.Values):
            return _values(node)
        if isinstance(node, exp.Select):
            return self._select(node, ctes)
        return Shape()

    def _with(self, node: exp.Expr, ctes: Ctes) -> Ctes:
        with_ = node.args.get("with_")
        if with_ is None:
            return ctes
        known = dict(ctes)
        for cte in with_.expressions:
            known[cte.alias.lower()] = _renamed(self.of(cte.this, known), cte.args.get("alias"))
        return known

    def _union(self, node: exp.SetOperation, ctes: Ctes) -> Shape:
        parts = [self.of(part, ctes) for part in _branches(node)]
        names = parts[0].columns
        if node.args.get("distinct"):
            return Shape(names, frozenset(names), f"one row per {in_words(names)}")
        if (labelled := labelled_union(_branches(node), parts)) is not None:
            return labelled
        words = list(dict.fromkeys(p.text for p in parts))
        return Shape(
            names,
            None,
            f"the rows of {len(parts)} queries one below the other: {'; '.join(words)}",
        )

    def _select(self, node: exp.Select, ctes: Ctes) -> Shape:
        sources, multiplied = self._sources(node, ctes)
        full = any(j.side == "FULL" for j in node.args.get("joins") or [])
        for part in _own_queries(node):
            self.of(part, ctes)
        columns = _columns(node, sources)
        if node.args.get("distinct"):
            return Shape(columns, frozenset(columns), f"one row per {in_words(columns)}")
        group = node.args.get("group")
        if group is not None:
            found = _grouped(group, node, columns)
            return replace(found, more_keys=numbered(node, columns))
        if node.args.get("having") or any(_aggregates(i) for i in node.expressions):
            return Shape(columns, frozenset(), "one row in total", is_single=True)
        if not sources:
            rows = any(getattr(f, "name", "").upper() == "EXPLODE" for f in node.find_all(exp.Func))
            return Shape(columns, None if rows else frozenset(), ROW, is_single=not rows)
        found = passed_on(node, columns, sources, multiplied=multiplied, full=full)
        return replace(found, more_keys=(*found.more_keys, *numbered(node, columns)))

    def _sources(self, node: exp.Select, ctes: Ctes) -> tuple[dict[str, Shape], bool]:
        """The shapes of FROM and the joins by alias; whether a join repeats rows of FROM."""
        from_ = node.args.get("from_")
        if from_ is None:
            return {}, False
        first = from_.this
        found: dict[str, Shape] = {}
        _add(found, first, self._source(first, ctes))
        multiplied = False
        fixed = fixed_columns(node)
        for join in [*(first.args.get("joins") or []), *(node.args.get("joins") or [])]:
            right = self._source(join.this, ctes)
            said = explain_join(join, found, (_alias(join.this, found), right), node, fixed)
            self.joins.append(said)
            multiplied = multiplied or said.multiplies in ("left", "both")
            _add(found, join.this, right)
        return found, multiplied

    def _source(self, node: exp.Expr, ctes: Ctes) -> Shape:
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            node = node.this
        if not isinstance(node, exp.Table):
            inner = self.of(node, ctes)
            return _renamed(inner, node.args.get("alias"))
        extended = extended_table(node)
        name = (extended.table or "") if extended is not None else node.name
        if extended is None and name.lower() in ctes and not node.db:
            return _renamed(ctes[name.lower()], node.args.get("alias"))
        table = self.catalog.table(name)
        columns = tuple(table.columns) if table else ()
        base = (table.audience_of or table.name) if table else name.lower()
        key = _UNIQUE.get(base)
        text = table.grain if table and table.grain else f"one row of {name}"
        return Shape(columns, frozenset([key]) if key else None, text, base=base)


def _alias(node: exp.Expr, found: dict[str, Shape]) -> str:
    if isinstance(node, exp.Table) and (extended := extended_table(node)) is not None:
        return (node.alias or extended.table or "").lower()
    return (node.alias_or_name or f"subquery {len(found) + 1}").lower()


def _add(found: dict[str, Shape], node: exp.Expr, shape: Shape) -> None:
    found[_alias(node, found)] = shape


def _branches(node: exp.Expr) -> list[exp.Expr]:
    """The branches of a chain of set operations, the first one first."""
    found: list[exp.Expr] = []
    while isinstance(node, exp.SetOperation):
        found.append(node.expression)
        node = node.this
    return [node, *reversed(found)]


def _values(node: exp.Values) -> Shape:
    first = node.expressions[0] if node.expressions else None
    cells = first.expressions if isinstance(first, exp.Tuple) else [first]
    names = tuple(f"col{i}" for i in range(1, len(cells) + 1))
    shape = Shape(
        names,
        None,
        "one row of a list",
        is_single=len(node.expressions) == 1,
        more_keys=tuple(frozenset([names[i]]) for i in distinct_columns(node)),
    )
    return _renamed(shape, node.args.get("alias"))


def _renamed(shape: Shape, alias: exp.Expr | None) -> Shape:
    given = [n.name.lower() for n in (alias.args.get("columns") or [])] if alias else []
    if not given:
        return shape
    new = dict(zip(shape.columns, given, strict=False))
    keys = shape.keys
    return replace(
        shape,
        columns=tuple(given),
        keys=None if keys is None or not keys <= set(new) else frozenset(new[k] for k in keys),
        more_keys=tuple(
            frozenset(new[k] for k in key) for key in shape.more_keys if key <= set(new)
        ),
    )


def _own_queries(node: exp.Select) -> Iterator[exp.Expr]:
    """Queries inside the expressions of a SELECT: IN (…), EXISTS (…), scalar ones."""
    for key, value in node.args.items():
        if key in ("from_", "with_", "joins"):
            continue
        stack = list(value) if isinstance(value, list) else [value]
        while stack:
            part = stack.pop()
            if isinstance(part, exp.Query) and not isinstance(part, exp.Table):
                yield part
            elif isinstance(part, exp.Expr):
                stack.extend(part.iter_expressions())


def _columns(node: exp.Select, sources: dict[str, Shape]) -> tuple[str, ...]:
    names: list[str] = []
    for item in node.expressions:
        star = isinstance(item, exp.Star)
        if star or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            wanted = "" if star else item.table.lower()
            for alias, shape in sources.items():
                names += shape.columns if not wanted or wanted == alias else ()
        else:
            names.append((plain(item).alias_or_name or f"expr{len(names)}").lower())
    return tuple(names)


def _aggregates(node: exp.Expr) -> bool:
    """Whether an expression aggregates rows: SUM(x), but not SUM(x) OVER ()."""
    stack: list[exp.Expr] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, exp.Query):
            continue
        if isinstance(part, exp.Window):
            stack.extend(part.this.iter_expressions())
            stack.extend(c for c in part.iter_expressions() if c is not part.this)
        elif isinstance(part, exp.AggFunc):
            return True
        else:
            stack.extend(part.iter_expressions())
    return False


def _grouped(group: exp.Expr, node: exp.Select, columns: tuple[str, ...]) -> Shape:
    """One row per value of the GROUP BY list; keys that are not shown are named, too."""
    by_text: dict[str, str] = {}
    for item, name in zip(node.expressions, columns, strict=False):
        bare = plain(item.this if isinstance(item, exp.Alias) else item)
        by_text.setdefault(bare.sql("amc", normalize=True), name)
        if isinstance(bare, exp.Column):
            by_text.setdefault(bare.name.lower(), name)
    shown: list[str] = []
    hidden: list[str] = []
    for written in group.expressions:
        for key in written.expressions if isinstance(written, exp.Tuple) else [plain(written)]:
            text = key.sql("amc", normalize=True, comments=False)
            if isinstance(key, exp.Literal) and not key.is_string:
                index = int(key.this) if str(key.this).isdigit() else 0
                shown += columns[index - 1 : index] if index else ()
            elif isinstance(key, exp.Column) and not key.table and key.name.lower() in columns:
                shown.append(key.name.lower())
            elif text in by_text:
                shown.append(by_text[text])
            else:
                hidden.append(text)
    shown = list(dict.fromkeys(shown))
    text = f"one row per {in_words([*shown, *hidden])}{not_shown(hidden)}"
    return Shape(columns, None if hidden else frozenset(shown), text, shown=tuple(shown))
