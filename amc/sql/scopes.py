"""What the walk over a query finds: levels, their sources, what each level gives out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar, cast

from sqlglot import exp

from amc.sql.catalog import THRESHOLDS, Catalog, Column, DataSource
from amc.sql.facts import NOTHING, Fact, of_column
from amc.sql.nodes import ExtendedTable

E = TypeVar("E", bound=exp.Expr)


@dataclass(slots=True)
class Output:
    """One column that a query level gives out.

    Attributes:
        name: in small letters.
        node: the expression that makes it, or the star that holds it.
        threshold: what AMC asks of it, from NONE to INTERNAL.
        column: the table's column, when it is one unchanged.
        unit: microcents or millicents, for undivided money.
        fact: what is known of its values: type, lineage, money, zone.
        hidden: whether the query names it itself (a generated name otherwise).
    """

    name: str
    node: exp.Expr
    threshold: str
    column: Column | None = None
    unit: str = ""
    fact: Fact = NOTHING
    hidden: bool = False


@dataclass(slots=True)
class Source:
    """A table, CTE or subquery as one level reads it."""

    alias: str
    node: exp.Expr
    table: DataSource | None = None
    outputs: list[Output] | None = None
    known: bool = True
    unique_on: frozenset[str] | None = None
    """Columns that tell its rows apart; None when rows may repeat."""
    level: "Level | None" = None
    """The SELECT behind it, when it is one."""
    _made: dict[str, Output | None] = field(default_factory=dict)

    def column(self, name: str) -> Output | None:
        """A column of it by name."""
        lowered = name.lower()
        if lowered in self._made:
            return self._made[lowered]
        made: Output | None = None
        if self.table is not None:
            found = self.table.column(lowered)
            if found is not None:
                fact = of_column(self.table, lowered, found)
                made = Output(lowered, self.node, found.threshold, found, found.unit, fact)
        else:
            made = next((o for o in self.outputs or [] if o.name == lowered), None)
        self._made[lowered] = made
        return made

    def names(self) -> list[str]:
        """All column names of it."""
        if self.table is not None:
            return list(self.table.columns)
        return [o.name for o in self.outputs or [] if not o.hidden]


@dataclass(slots=True)
class ColumnUse:
    """A column name in the text, and what it stands for.

    `clause` is where it stands: select, where, group, having, order, on, window, other.
    """

    node: exp.Column
    level: "Level"
    output: Output | None
    certain: bool
    source: Source | None = None
    clause: str = "other"
    aggregate: exp.Expr | None = None
    """The aggregate that it stands in, at the same level."""
    window: exp.Expr | None = None


@dataclass(slots=True)
class Level:
    """One SELECT with what it reads and gives."""

    node: exp.Select
    outer: "Level | None"
    is_top: bool
    sources: list[Source] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    uses: list[ColumnUse] = field(default_factory=list)
    aggregates: list[tuple[exp.Expr, str, exp.Expr | None]] = field(default_factory=list)
    """Aggregates of this level with their clause and the aggregate around them."""
    windows: list[tuple[exp.Window, str]] = field(default_factory=list)
    correlated: bool = False

    @property
    def group_keys(self) -> list[exp.Expr]:
        """The items of GROUP BY; an ordinal or alias gives what it stands for."""
        group = self.node.args.get("group")
        return [self.behind(k) for k in group.expressions] if group is not None else []

    @property
    def is_grouped(self) -> bool:
        """Whether rows are put together: GROUP BY, or aggregates without it."""
        return self.node.args.get("group") is not None or any(
            clause in ("select", "having") for _, clause, _ in self.aggregates
        )

    def behind(self, key: exp.Expr) -> exp.Expr:
        """What an ordinal or an alias in GROUP BY stands for; the item itself otherwise."""
        if isinstance(key, exp.Literal) and not key.is_string and str(key.this).isdigit():
            index = int(key.this) - 1
            if 0 <= index < len(self.node.expressions):
                item: exp.Expr = self.node.expressions[index]
                return _inner(item)
        if isinstance(key, exp.Column) and not key.table:
            name = key.name.lower()
            if name in self.aliases and not any(s.column(name) for s in self.sources):
                return self.aliases[name]
        return key

    def resolve(self, column: exp.Column) -> tuple[Output | None, Source | None, bool]:
        """What a column name means here: its output, its source, and whether that is certain."""
        name, table = column.name.lower(), column.table.lower()
        level: Level | None = self
        while level is not None:
            known = True
            for source in level.sources:
                if table and source.alias != table:
                    continue
                found = source.column(name)
                if found is not None:
                    if level is not self:
                        self.correlated = True
                    return found, source, True
                known = known and source.known
            if not known:
                return None, None, False
            if table and any(s.alias == table for s in level.sources):
                return None, None, True
            level = level.outer
        return None, None, True


def _inner(item: exp.Expr) -> exp.Expr:
    inner = item.this if isinstance(item, exp.Alias) else item
    assert isinstance(inner, exp.Expr)  # noqa: S101 (sqlglot types it as Any)
    return inner


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
    facts: dict[int, Fact] = field(default_factory=dict)
    nodes: dict[type[exp.Expr], list[exp.Expr]] = field(default_factory=dict)
    unions: list[tuple[exp.SetOperation, list[Output], list[Output]]] = field(default_factory=list)
    ctes: list[tuple[exp.CTE, list[Output]]] = field(default_factory=list)
    cte_reads: set[str] = field(default_factory=set)
    _kinds: dict[tuple[type[exp.Expr], ...], list[exp.Expr]] = field(default_factory=dict)

    def of(self, *kinds: type[E]) -> list[E]:
        """All nodes of some classes (and their subclasses), from the one walk."""
        found = self._kinds.get(kinds)
        if found is None:
            found = []
            for kind, nodes in self.nodes.items():
                if issubclass(kind, kinds):
                    found += nodes
            self._kinds[kinds] = found
        return cast("list[E]", found)

    def fact(self, node: exp.Expr | None) -> Fact:
        """What is known of an expression's values."""
        return self.facts.get(id(node), NOTHING)

    def threshold(self, node: exp.Expr | None) -> str:
        """The strictest threshold of what an expression shows."""
        return THRESHOLDS[self.fact(node).threshold]

    def top_levels(self) -> Iterator[Level]:
        """The SELECTs whose rows are the result."""
        return (level for level in self.levels if level.is_top)
