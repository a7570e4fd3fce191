"""One walk over a query: which table each column belongs to, what each level gives out.

The rules of the checker and `explain` read this; none of them walks the tree for itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from amc.sql.catalog import THRESHOLDS, Catalog, Column, DataSource
from amc.sql.nodes import AmcFunction, ExtendedTable, call_name, extended_table

# What is left of a column's threshold once it is counted: nothing.
_COUNTING = ("COUNT", "APPROX_COUNT_DISTINCT")


@dataclass(frozen=True, slots=True)
class Output:
    """One column that a query level gives out."""

    name: str
    node: exp.Expr
    threshold: str
    column: Column | None = None
    unit: str = ""


@dataclass(slots=True)
class Source:
    """A table, CTE or subquery as one level reads it."""

    alias: str
    node: exp.Expr
    table: DataSource | None = None
    outputs: list[Output] | None = None
    known: bool = True

    def column(self, name: str) -> Output | None:
        """A column of it by name."""
        lowered = name.lower()
        if self.table is not None:
            found = self.table.column(lowered)
            if found is None:
                return None
            return Output(lowered, self.node, found.threshold, found, found.unit)
        return next((o for o in self.outputs or [] if o.name == lowered), None)

    def names(self) -> list[str]:
        """All column names of it."""
        if self.table is not None:
            return list(self.table.columns)
        return [o.name for o in self.outputs or []]


@dataclass(slots=True)
class Level:
    """One SELECT with what it reads and gives."""

    node: exp.Select
    outer: "Level | None"
    is_top: bool
    sources: list[Source] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)

    def resolve(self, column: exp.Column) -> tuple[Output | None, Source | None, bool]:
        """What a column name means here: its output, its source, and whether that is certain."""
        name, table = column.name.lower(), column.table.lower()
        level: Level | None = self
        while level is not None:
            for source in level.sources:
                if table and source.alias != table:
                    continue
                found = source.column(name)
                if found is not None:
                    return found, source, True
            if any(not s.known for s in level.sources if not table or s.alias == table):
                return None, None, False
            if table and any(s.alias == table for s in level.sources):
                return None, None, True
            level = level.outer
        return None, None, True


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column name in the text, and what it stands for."""

    node: exp.Column
    level: Level
    output: Output | None
    certain: bool


@dataclass(slots=True)
class Analysis:
    """Everything the walk found."""

    tree: exp.Expr
    catalog: Catalog
    levels: list[Level] = field(default_factory=list)
    columns: list[ColumnUse] = field(default_factory=list)
    tables: list[tuple[exp.Table, str, DataSource | None]] = field(default_factory=list)
    extended: list[tuple[exp.Table, ExtendedTable]] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    uses: dict[int, ColumnUse] = field(default_factory=dict)

    def threshold(self, node: exp.Expr | None) -> str:
        """The strictest threshold of what an expression shows."""
        return THRESHOLDS[max((THRESHOLDS.index(t) for t in self._thresholds(node)), default=0)]

    def _thresholds(self, node: exp.Expr | None) -> Iterator[str]:
        if node is None or isinstance(node, exp.Query):
            return
        if isinstance(node, exp.Column):
            use = self.uses.get(id(node))
            if use is not None and use.output is not None:
                yield use.output.threshold
            return
        if isinstance(node, exp.Is) or (
            isinstance(node, exp.Func) and call_name(node) in _COUNTING
        ):
            return
        if isinstance(node, exp.Window):
            # PARTITION BY and ORDER BY shape the rows but are not shown.
            yield from self._thresholds(node.this)
            return
        for child in node.iter_expressions():
            yield from self._thresholds(child)


def analyse(tree: exp.Expr, catalog: Catalog) -> Analysis:
    """Walk a parsed query."""
    found = Analysis(tree, catalog)
    found.outputs = _query(tree, {}, None, found, is_top=True)
    return found


_Ctes = dict[str, list[Output]]


def _query(
    node: exp.Expr, ctes: _Ctes, outer: Level | None, found: Analysis, *, is_top: bool
) -> list[Output]:
    """The outputs of any query: SELECT, set operation, brackets, VALUES."""
    with_ = node.args.get("with_")
    if with_ is not None:
        ctes = dict(ctes)
        for cte in with_.expressions:
            ctes[cte.alias.lower()] = _renamed(
                _query(cte.this, ctes, outer, found, is_top=False), cte.args.get("alias")
            )
    if isinstance(node, exp.SetOperation):
        left = _query(node.left, ctes, outer, found, is_top=is_top)
        right = _query(node.right, ctes, outer, found, is_top=is_top)
        return _stricter(left, right)
    if isinstance(node, exp.Subquery):
        return _query(node.this, ctes, outer, found, is_top=is_top)
    if isinstance(node, exp.Values):
        return _values(node)
    if isinstance(node, exp.Select):
        return _select(node, ctes, outer, found, is_top=is_top)
    return []


def _stricter(left: list[Output], right: list[Output]) -> list[Output]:
    """Both sides of a UNION: the names of the left, the stricter threshold of the two."""
    merged = []
    for index, output in enumerate(left):
        other = right[index] if index < len(right) else output
        strict = max(output, other, key=lambda o: THRESHOLDS.index(o.threshold))
        merged.append(
            Output(output.name, output.node, strict.threshold, output.column, output.unit)
        )
    return merged


def _values(node: exp.Values) -> list[Output]:
    first = node.expressions[0] if node.expressions else None
    cells = first.expressions if isinstance(first, exp.Tuple) else [first] if first else []
    made = [Output(f"col{i}", cell, "NONE") for i, cell in enumerate(cells, start=1)]
    return _renamed(made, node.args.get("alias"))


def _renamed(outputs: list[Output], alias: exp.Expr | None) -> list[Output]:
    """Outputs under the column list of their alias: `c (id, name) AS …`."""
    names = alias.args.get("columns") if alias is not None else None
    if not names:
        return outputs
    made = [
        Output(n.name.lower(), o.node, o.threshold, o.column, o.unit)
        for n, o in zip(names, outputs, strict=False)
    ]
    # A list longer than the query is another rule's matter; here its names count as known.
    return made + [Output(n.name.lower(), n, "NONE") for n in names[len(outputs) :]]


def _select(
    node: exp.Select, ctes: _Ctes, outer: Level | None, found: Analysis, *, is_top: bool
) -> list[Output]:
    level = Level(node, outer, is_top)
    found.levels.append(level)
    from_ = node.args.get("from_")
    for item in [from_.this] if from_ is not None else []:
        _add_source(level, item, ctes, found)
    for join in node.args.get("joins") or []:
        _add_source(level, join.this, ctes, found)
    for item in node.expressions:
        if isinstance(item, exp.Alias):
            level.aliases[item.alias.lower()] = item.this
    for part in _own_parts(node):
        _resolve(part, level, ctes, found)
    level.outputs = _outputs(level, found)
    return level.outputs


def _own_parts(node: exp.Select) -> Iterator[exp.Expr]:
    """The expressions of a SELECT itself: not its sources, not its CTEs."""
    for key, value in node.args.items():
        if key in ("from_", "with_", "joins"):
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, exp.Expr):
                yield item
    for join in node.args.get("joins") or []:
        on = join.args.get("on")
        if on is not None:
            yield on


def _add_source(level: Level, item: exp.Expr, ctes: _Ctes, found: Analysis) -> None:
    alias = item.alias_or_name.lower() if item.alias_or_name else ""
    if isinstance(item, exp.Table):
        extended = extended_table(item)
        name = (extended.table or "") if extended is not None else item.name
        if extended is not None:
            found.extended.append((item, extended))
            alias = item.alias.lower() or name.lower()
        elif name.lower() in ctes:
            outputs = _renamed(ctes[name.lower()], item.args.get("alias"))
            level.sources.append(Source(alias, item, outputs=outputs))
            return
        table = found.catalog.table(name) if name else None
        found.tables.append((item, name, table))
        level.sources.append(Source(alias, item, table=table, known=table is not None))
    elif isinstance(item, exp.Subquery | exp.Values):
        outputs = _query(item, ctes, level.outer, found, is_top=False)
        if isinstance(item, exp.Subquery):
            outputs = _renamed(outputs, item.args.get("alias"))
        level.sources.append(Source(alias, item, outputs=outputs))
    else:
        level.sources.append(Source(alias, item, known=False))


def _resolve(part: exp.Expr, level: Level, ctes: _Ctes, found: Analysis) -> None:
    """Resolve every column of an expression; queries inside it are levels of their own."""
    stack = [part]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.Query) and not isinstance(node, exp.Table):
            _query(node, ctes, level, found, is_top=False)
            continue
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            output, _, certain = level.resolve(node)
            if output is None and not node.table and node.name.lower() in level.aliases:
                # An alias of the same SELECT, as GROUP BY and HAVING may use it.
                certain = False
            use = ColumnUse(node, level, output, certain)
            found.columns.append(use)
            found.uses[id(node)] = use
            continue
        stack.extend(child for child in node.iter_expressions() if isinstance(child, exp.Expr))


def _outputs(level: Level, found: Analysis) -> list[Output]:
    made: list[Output] = []
    for item in level.node.expressions:
        inner = item.this if isinstance(item, exp.Alias) else item
        if isinstance(inner, exp.Star) or (
            isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)
        ):
            made += _starred(level, inner)
            continue
        use = found.uses.get(id(inner)) if isinstance(inner, exp.Column) else None
        made.append(
            Output(
                (item.alias_or_name or f"expr{len(made)}").lower(),
                inner,
                found.threshold(inner),
                use.output.column if use is not None and use.output is not None else None,
                use.output.unit if use is not None and use.output is not None else "",
            )
        )
    return made


def _starred(level: Level, star: exp.Expr) -> list[Output]:
    table = star.table.lower() if isinstance(star, exp.Column) else ""
    made = []
    for source in level.sources:
        if not table or source.alias == table:
            for name in source.names():
                found = source.column(name)
                if found is not None:
                    made.append(Output(name, star, found.threshold, found.column, found.unit))
    return made


def parameter_name(node: exp.Expr) -> tuple[str, str] | None:
    """`("CUSTOM_PARAMETER", name)` of a parameter call; None for anything else."""
    if isinstance(node, AmcFunction) and node.name in ("CUSTOM_PARAMETER", "BUILT_IN_PARAMETER"):
        first = node.expressions[0] if node.expressions else None
        if isinstance(first, exp.Literal) and first.is_string:
            return node.name, str(first.this)
        return node.name, ""
    return None
