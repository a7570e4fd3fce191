"""One walk over a query: which table each column belongs to, what each level gives out.

The rules of the checker and `explain` read this; none of them walks the tree for itself. Every
node is met once, listed by its class, and has its fact (`amc.sql.facts`) made from its parts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from amc.sql.catalog import THRESHOLDS, Catalog
from amc.sql.facts import NOTHING, Fact, merged
from amc.sql.inference import fact_of
from amc.sql.nodes import AmcFunction, extended_table
from amc.sql.scopes import Analysis, ColumnUse, Level, Output, Source
from amc.sql.types import UNKNOWN, common_type
from amc.sql.uniqueness import unique_columns

__all__ = ["Analysis", "ColumnUse", "Level", "Output", "Source", "analyse", "parameter_name"]

_CLAUSES = {
    "expressions": "select",
    "where": "where",
    "group": "group",
    "having": "having",
    "order": "order",
    "windows": "window",
}


@dataclass(frozen=True, slots=True)
class _Made:
    """What a CTE or subquery is to those who read it."""

    outputs: list[Output]
    unique_on: frozenset[str] | None = None
    level: Level | None = None
    known: bool = True


_Ctes = dict[str, _Made]


def analyse(tree: exp.Expr, catalog: Catalog) -> Analysis:
    """Walk a parsed query."""
    found = Analysis(tree, catalog)
    found.outputs = _Walk(found).query(tree, {}, None, is_top=True).outputs
    return found


class _Walk:
    """The walk: queries recursively, the expressions of each without recursion."""

    def __init__(self, found: Analysis) -> None:
        self.found = found

    def meet(self, node: exp.Expr) -> None:
        self.found.nodes.setdefault(type(node), []).append(node)

    def query(self, node: exp.Expr, ctes: _Ctes, outer: Level | None, *, is_top: bool) -> _Made:
        """Any query: SELECT, set operation, brackets, VALUES."""
        self.meet(node)
        ctes = self._with(node, ctes, outer)
        if isinstance(node, exp.SetOperation):
            made = self._union(node, ctes, outer, is_top=is_top)
        elif isinstance(node, exp.Subquery):
            made = self._bracket(node, ctes, outer, is_top=is_top)
        elif isinstance(node, exp.Values):
            made = self._values(node)
        elif isinstance(node, exp.Select):
            made = self._select(node, ctes, outer, is_top=is_top)
        else:
            self._list(node.iter_expressions())
            made = _Made([], known=False)
        if made.outputs:
            self.found.facts[id(node)] = made.outputs[0].fact
        return made

    def _with(self, node: exp.Expr, ctes: _Ctes, outer: Level | None) -> _Ctes:
        with_ = node.args.get("with_")
        if with_ is None:
            return ctes
        self.meet(with_)
        ctes = dict(ctes)
        for cte in with_.expressions:
            self.meet(cte)
            inner = ctes
            if with_.recursive:
                # What a recursive CTE gives is not known while it is read.
                inner = ctes | {cte.alias.lower(): _Made([], known=False)}
            made = self.query(cte.this, inner, outer, is_top=False)
            self.found.ctes.append((cte, made.outputs))
            ctes[cte.alias.lower()] = _renamed(made, cte.args.get("alias"))
            self._list([cte.args.get("alias")])
        return ctes

    def _union(
        self, node: exp.SetOperation, ctes: _Ctes, outer: Level | None, *, is_top: bool
    ) -> _Made:
        # A chain of UNIONs leans to the left: as deep as it is long.
        chain = [node]
        while isinstance(chain[-1].left, exp.SetOperation) and not chain[-1].left.args.get("with_"):
            chain.append(chain[-1].left)
            self.meet(chain[-1])
        left = self.query(chain[-1].left, ctes, outer, is_top=is_top)
        for part in reversed(chain):
            right = self.query(part.right, ctes, outer, is_top=is_top)
            self.found.unions.append((part, left.outputs, right.outputs))
            rest = [v for k in ("order", "limit", "offset") if (v := part.args.get(k))]
            self._list(n for v in rest for n in v.walk())
            left = _Made(_stricter(left.outputs, right.outputs), known=left.known and right.known)
        return left

    def _bracket(
        self, node: exp.Subquery, ctes: _Ctes, outer: Level | None, *, is_top: bool
    ) -> _Made:
        self._list(v for k, v in node.args.items() if k not in ("this", "with_") and v)
        if isinstance(node.this, exp.Table):
            self.meet(node.this)
            return _Made([], known=False)
        return self.query(node.this, ctes, outer, is_top=is_top)

    def _values(self, node: exp.Values) -> _Made:
        rows = []
        for row in node.expressions:
            cells = row.expressions if isinstance(row, exp.Tuple) else [row]
            self.meet(row)
            rows.append([self._plain(cell) for cell in cells])
        made = []
        for index, fact in enumerate(rows[0] if rows else []):
            column = [r[index] for r in rows if index < len(r)]
            kinds = [f.type for f in column if f.type.name != "NULL"]
            kind = common_type(kinds) if kinds else fact.type
            fact = replace(merged(column, kind), given=True, constant=None)
            cells = node.expressions[0]
            cell = cells.expressions[index] if isinstance(cells, exp.Tuple) else cells
            made.append(Output(f"col{index + 1}", cell, "NONE", fact=fact))
        self._list([node.args.get("alias")])
        # A list of values is written to be joined: its first column is taken for its key.
        return _renamed(_Made(made, frozenset({"col1"})), node.args.get("alias"))

    def _plain(self, cell: exp.Expr) -> Fact:
        """The fact of a cell; without recursion, since there may be thousands."""
        if type(cell) is exp.Literal:
            self.meet(cell)
            self.found.facts[id(cell)] = fact = fact_of(cell, self.found.facts)
            return fact
        level = Level(exp.Select(), None, is_top=False)
        self._resolve([(cell, "other")], level, {})
        return self.found.fact(cell)

    def _select(self, node: exp.Select, ctes: _Ctes, outer: Level | None, *, is_top: bool) -> _Made:
        level = Level(node, outer, is_top)
        self.found.levels.append(level)
        from_ = node.args.get("from_")
        if from_ is not None:
            self.meet(from_)
            self._source(level, from_.this, ctes)
        joins = node.args.get("joins") or []
        for join in joins:
            self.meet(join)
            self._source(level, join.this, ctes)
        for item in node.expressions:
            if isinstance(item, exp.Alias):
                level.aliases[item.alias.lower()] = item.this
        self._resolve(list(_own_parts(node)), level, ctes)
        level.outputs = self._outputs(level)
        if node.args.get("laterals") or node.args.get("pivots"):
            known = False
        else:
            known = all(s.known for s in level.sources) or not _stars(node)
        return _Made(level.outputs, unique_columns(level), level, known)

    def _source(self, level: Level, item: exp.Expr, ctes: _Ctes) -> None:
        alias = item.alias_or_name.lower() if item.alias_or_name else ""
        if isinstance(item, exp.Table):
            self._table(level, item, alias, ctes)
        elif isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table):
            # FROM a LEFT JOIN (b JOIN c ON …)
            self.meet(item)
            self._source(level, item.this, ctes)
        elif isinstance(item, exp.Subquery | exp.Values):
            made = self.query(item, ctes, level.outer, is_top=False)
            if isinstance(item, exp.Subquery):
                made = _renamed(made, item.args.get("alias"))
            level.sources.append(
                Source(alias, item, None, made.outputs, made.known, made.unique_on, made.level)
            )
        else:
            self.meet(item)
            parts = [(c, "other") for c in item.iter_expressions()]
            self._resolve(parts, level, ctes)
            level.sources.append(Source(alias, item, known=False))
        for join in item.args.get("joins") or []:
            self.meet(join)
            self._source(level, join.this, ctes)
            self._resolve(list(_join_parts(join)), level, ctes)

    def _table(self, level: Level, item: exp.Table, alias: str, ctes: _Ctes) -> None:
        self.meet(item)
        if item.this.is_leaf() and type(item.this) is exp.Identifier and len(item.args) <= 2:
            self.meet(item.this)
            self._list([item.args.get("alias")])
        else:
            rest = (v for k, v in item.args.items() if k != "joins")
            self._list(n for v in rest for n in (v if isinstance(v, list) else [v]))
        extended = extended_table(item)
        name = (extended.table or "") if extended is not None else item.name
        if extended is not None:
            self.found.extended.append((item, extended))
            alias = item.alias.lower() or name.lower()
        elif name.lower() in ctes and not item.db:
            self.found.cte_reads.add(name.lower())
            made = _renamed(ctes[name.lower()], item.args.get("alias"))
            level.sources.append(
                Source(alias, item, None, made.outputs, made.known, made.unique_on, made.level)
            )
            return
        table = self.found.catalog.table(name) if name else None
        self.found.tables.append((item, name, table))
        known = table is not None and not item.args.get("pivots")
        level.sources.append(Source(alias, item, table, None, known))

    def _list(self, nodes: Iterable[exp.Expr | None]) -> None:
        """Meet whole subtrees in which no column is resolved."""
        stack = [n for n in nodes if isinstance(n, exp.Expr)]
        while stack:
            node = stack.pop()
            self.meet(node)
            stack.extend(node.iter_expressions())

    def _resolve(self, parts: list[tuple[exp.Expr, str]], level: Level, ctes: _Ctes) -> None:
        """Resolve every column of some expressions; queries inside are levels of their own."""
        nodes, facts = self.found.nodes, self.found.facts
        for part, clause in parts:
            order: list[exp.Expr] = []
            stack: list[_Standing] = [(part, None, None)]
            while stack:
                node, aggregate, window = stack.pop()
                if isinstance(node, exp.Query):
                    self.query(node, ctes, level, is_top=False)
                    continue
                kind = type(node)
                met = nodes.get(kind)
                if met is None:
                    met = nodes[kind] = []
                met.append(node)
                if isinstance(node, exp.Column):
                    self._use(node, level, clause, aggregate, window)
                    continue
                order.append(node)
                if kind is exp.Literal or kind is exp.Identifier:
                    continue
                if kind is exp.Filter or kind is exp.WithinGroup:
                    stack.append((node.expression, node.this, window))
                    stack.append((node.this, aggregate, window))
                    continue
                aggregate, window = _entered(node, level, clause, aggregate, window)
                stack.extend((child, aggregate, window) for child in node.iter_expressions())
            for node in reversed(order):
                facts[id(node)] = fact_of(node, facts)

    def _use(
        self,
        node: exp.Column,
        level: Level,
        clause: str,
        aggregate: exp.Expr | None,
        window: exp.Expr | None,
    ) -> None:
        found = self.found
        for part in node.iter_expressions():
            self.meet(part)
        if isinstance(node.this, exp.Star):
            return
        output, source, certain = level.resolve(node)
        fact = output.fact if output is not None else NOTHING
        if not node.table and node.name.lower() in level.aliases:
            # An alias of the same SELECT, as GROUP BY and HAVING may use it; HAVING first.
            alias = found.facts.get(id(level.aliases[node.name.lower()]), NOTHING)
            if output is None:
                certain, fact = False, alias
            elif clause == "having" and aggregate is None:
                fact = alias
        use = ColumnUse(node, level, output, certain, source, clause, aggregate, window)
        found.columns.append(use)
        level.uses.append(use)
        found.uses[id(node)] = use
        found.facts[id(node)] = fact

    def _outputs(self, level: Level) -> list[Output]:
        made: list[Output] = []
        for item in level.node.expressions:
            inner = item.this if isinstance(item, exp.Alias) else item
            while isinstance(inner, exp.Paren):
                inner = inner.this  # DISTINCT(col), other: the brackets mean nothing
            if _is_star(inner):
                made += _starred(level, inner)
                continue
            fact = self.found.fact(inner)
            use = self.found.uses.get(id(inner)) if isinstance(inner, exp.Column) else None
            before = use.output if use is not None else None
            name = item.alias_or_name or inner.alias_or_name
            made.append(
                Output(
                    (name or f"expr{len(made)}").lower(),
                    inner,
                    THRESHOLDS[fact.threshold],
                    before.column if before is not None else None,
                    before.unit if before is not None else "",
                    fact,
                    hidden=not name,
                )
            )
        return made


# Aggregates of other systems, so that one mistake does not look like two.
FOREIGN_AGGREGATES = frozenset(
    {"ARRAY_AGG", "STRING_AGG", "LISTAGG", "GROUP_CONCAT", "ANY_VALUE", "COUNT_IF", "COUNTIF",
     "PERCENTILE_CONT", "PERCENTILE_DISC", "MODE", "BOOL_OR", "BOOL_AND"}
)  # fmt: skip


# sqlglot takes them for aggregates; without OVER they are a mistake, but aggregate nothing.
_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank)


_Standing = tuple[exp.Expr, exp.Expr | None, exp.Expr | None]
"""A node with the aggregate and the window that it stands in."""


def _entered(
    node: exp.Expr, level: Level, clause: str, aggregate: exp.Expr | None, window: exp.Expr | None
) -> tuple[exp.Expr | None, exp.Expr | None]:
    """The aggregate and the window that the children of a node stand in."""
    if isinstance(node, exp.Window):
        level.windows.append((node, clause))
        return aggregate, node
    around = aggregate
    if isinstance(around, exp.Anonymous) and around.name.upper() not in FOREIGN_AGGREGATES:
        around = None
    if isinstance(node, exp.AggFunc):
        if isinstance(node.parent, exp.Window) or isinstance(node, _RANKS):
            return aggregate, window
        level.aggregates.append((node, clause, around))
        return node, window
    if isinstance(node, exp.Anonymous):
        # Nobody knows whether it aggregates: what stands in it is not called ungrouped.
        if node.name.upper() in FOREIGN_AGGREGATES:
            level.aggregates.append((node, clause, around))
        return aggregate or node, window
    return aggregate, window


def _is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (
        isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
    )


def _stars(node: exp.Select) -> bool:
    return any(_is_star(item) for item in node.expressions)


def _stricter(left: list[Output], right: list[Output]) -> list[Output]:
    """Both sides of a UNION: the names of the left, the stricter threshold of the two."""
    made = []
    for index, output in enumerate(left):
        other = right[index] if index < len(right) else output
        strict = max(output, other, key=lambda o: THRESHOLDS.index(o.threshold))
        kinds = [o.fact.type for o in (output, other) if o.fact.type.name != "NULL"]
        same = len({k.name for k in kinds}) == 1 or all(k.is_number for k in kinds)
        fact = merged([output.fact, other.fact], common_type(kinds) if kinds and same else UNKNOWN)
        made.append(replace(output, threshold=strict.threshold, fact=fact))
    return made


def _renamed(made: _Made, alias: exp.Expr | None) -> _Made:
    """Outputs under the column list of their alias: `c (id, name) AS …`."""
    names = alias.args.get("columns") if alias is not None else None
    if not names:
        return made
    pairs = list(zip(names, made.outputs, strict=False))
    outputs = [replace(o, name=n.name.lower(), hidden=False) for n, o in pairs]
    # A list longer than the query is another rule's matter; here its names count as known.
    outputs += [Output(n.name.lower(), n, "NONE") for n in names[len(made.outputs) :]]
    unique = made.unique_on
    if unique is not None:
        new = {o.name: n.name.lower() for n, o in pairs}
        unique = frozenset(new[n] for n in unique) if unique <= new.keys() else None
    return _Made(outputs, unique, made.level, made.known)


def _own_parts(node: exp.Select) -> Iterator[tuple[exp.Expr, str]]:
    """The expressions of a SELECT itself with their clause: not its sources, not its CTEs."""
    keys = sorted(node.args, key=lambda key: key != "expressions")
    for key in keys:
        if key in ("from_", "with_", "joins"):
            continue
        value = node.args[key]
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, exp.Expr):
                yield item, _CLAUSES.get(key, "other")
    for join in node.args.get("joins") or []:
        yield from _join_parts(join)


def _join_parts(join: exp.Join) -> Iterator[tuple[exp.Expr, str]]:
    on = join.args.get("on")
    if on is not None:
        yield on, "on"
    for key, value in join.args.items():
        if key not in ("this", "on"):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, exp.Expr):
                    yield item, "using"


def _starred(level: Level, star: exp.Expr) -> list[Output]:
    table = star.table.lower() if isinstance(star, exp.Column) else ""
    made = []
    for source in level.sources:
        if not table or source.alias == table:
            for name in source.names():
                found = source.column(name)
                if found is not None:
                    made.append(replace(found, name=name, node=star))
    return made


def parameter_name(node: exp.Expr) -> tuple[str, str] | None:
    """`("CUSTOM_PARAMETER", name)` of a parameter call; None for anything else."""
    if isinstance(node, AmcFunction) and node.name in ("CUSTOM_PARAMETER", "BUILT_IN_PARAMETER"):
        first = node.expressions[0] if node.expressions else None
        if isinstance(first, exp.Literal) and first.is_string:
            return node.name, str(first.this)
        return node.name, ""
    return None
