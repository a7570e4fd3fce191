"""The words of the translation: sources, parameters, what names mean inside one SELECT."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlglot import exp

from amc.sql.errors import SqlNameError, SqlTooLargeError
from amc.sql.nodes import place
from amc.sql.types import UNKNOWN, SqlType


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One read of a base table.

    Attributes:
        name: the table's name in lower case.
        alias: the name it has in the query.
        columns: lower-case names of the base columns that the query uses from this read.
        before: how much earlier than the execution's window this read begins.
        after: how much later it ends.
    """

    name: str
    alias: str
    columns: frozenset[str]
    before: timedelta
    after: timedelta


Source = Callable[[SourceRef], exp.Expr]
"""Gives the table, subquery or function to read for a source."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter's value with its declared type (needed when the value is None or empty)."""

    value: Any
    type: SqlType


@dataclass(frozen=True, slots=True)
class Translation:
    """A query for DuckDB: its text, its tree, and its output columns (names as written)."""

    sql: str
    tree: exp.Expr
    columns: tuple[tuple[str, SqlType], ...]


class Typed(NamedTuple):
    """A translated expression and the AMC type it has."""

    node: exp.Expr
    type: SqlType


@dataclass(slots=True)
class Read:
    """A base table being read: where it stands in the new tree, and which columns are used."""

    name: str
    alias: str
    before: timedelta
    after: timedelta
    node: exp.Table
    used: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Relation:
    """One thing in FROM.

    `columns` maps lower-case names to the name in DuckDB and the type; None when the table is not
    in the catalog, so that any name may be one of its columns.
    """

    alias: str
    columns: dict[str, tuple[str, SqlType]] | None
    read: Read | None = None

    def find(self, name: str) -> tuple[str, SqlType] | None:
        """The column of a name; marks it as used."""
        lowered = name.lower()
        if self.columns is None:
            found: tuple[str, SqlType] | None = (lowered, UNKNOWN)
        else:
            found = self.columns.get(lowered)
        if found is not None and self.read is not None:
            self.read.used.add(lowered)
        return found


@dataclass(slots=True)
class Scope:
    """What names mean inside one SELECT. `outer` is the SELECT around it, if any."""

    outer: "Scope | None" = None
    relations: list[Relation] = field(default_factory=list)
    using: set[str] = field(default_factory=set)
    aliases: Mapping[str, exp.Expr] = field(default_factory=dict)
    """Select items by alias, while a clause that may use them is translated."""

    def levels(self) -> Iterator["Scope"]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def resolve(self, column: exp.Column) -> Typed:
        """A column of this or an outer SELECT.

        Raises:
            SqlNameError: nothing of that name, or more than one.
        """
        for scope in self.levels():
            found = scope.here(column)
            if found is not None:
                return found
        raise name_error(column, f"Column '{column.sql('amc')}' not found in any table")

    def here(self, column: exp.Column) -> Typed | None:
        """A column of this SELECT alone; None when it has none of that name."""
        table, name = column.table.lower(), column.name
        if table:
            relation = next((r for r in self.relations if r.alias.lower() == table), None)
            found = relation.find(name) if relation else None
            if relation is None:
                return None
            if found is None:
                raise name_error(column, f"Column '{name}' not found in table '{column.table}'")
            return Typed(exp.column(found[0], relation.alias, quoted=True), found[1])
        known = [r for r in self.relations if r.columns is not None and name.lower() in r.columns]
        candidates = known or [r for r in self.relations if r.columns is None]
        if not candidates:
            return None
        merged = name.lower() in self.using
        if len(candidates) > 1 and not merged:
            raise name_error(column, f"Column '{name}' is ambiguous")
        hits = [(r, hit) for r in candidates if (hit := r.find(name))]
        relation, (real, kind) = hits[0]
        alias = None if merged else relation.alias
        return Typed(exp.column(real, alias, quoted=True), kind)


def name_error(node: exp.Expr, message: str) -> SqlNameError:
    """A name error at a node's place."""
    return SqlNameError(message, **place(node))


def literal_text(node: exp.Expr | None) -> str | None:
    """The text of a string literal; None for anything else."""
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    return None


def call(name: str, *args: exp.Expr) -> exp.Anonymous:
    """A call of a DuckDB function."""
    return exp.Anonymous(this=name, expressions=list(args))


def text(value: str) -> exp.Literal:
    """A string literal."""
    return exp.Literal.string(value)


_MOST_COPIED = 5_000


def again(node: exp.Expr) -> exp.Expr:
    """A copy, for a place where an argument is needed twice.

    Raises:
        SqlTooLargeError: nested so deeply that doubling it again would never end.
    """
    if sum(1 for _ in islice(node.walk(), _MOST_COPIED + 1)) > _MOST_COPIED:
        raise SqlTooLargeError("These functions are nested too deeply.")
    return node.copy()


def number(value: float) -> exp.Expr:
    """A number literal."""
    return exp.Literal.number(value)


def cast(node: exp.Expr, to: str | exp.DataType) -> exp.Cast:
    """CAST(node AS to)."""
    kind = exp.DataType.build(to, dialect="duckdb") if isinstance(to, str) else to
    return exp.Cast(this=node, to=kind)


def when(condition: exp.Expr, then: exp.Expr, other: exp.Expr | None = None) -> exp.Case:
    """CASE WHEN condition THEN then ELSE other END."""
    branch = exp.If(this=condition, true=then)
    return exp.Case(ifs=[branch], default=other or exp.Null())


def is_null(node: exp.Expr) -> exp.Is:
    """Node IS NULL."""
    return exp.Is(this=node, expression=exp.Null())
