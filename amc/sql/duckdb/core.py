"""The translator of expressions: which handler takes which node."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlglot import exp

from amc.sql.duckdb.model import Scope, Typed
from amc.sql.errors import SqlPlaceError, SqlUnsupportedError
from amc.sql.nodes import place
from amc.sql.types import SqlType

Handler = Callable[["Expressions", Any, Scope], Typed]
_HANDLERS: dict[type[exp.Expr], Handler] = {}


def handles(*kinds: type[Any]) -> Callable[[Handler], Handler]:
    """Register a handler for nodes of these kinds and their subclasses."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            _HANDLERS[kind] = handler
        return handler

    return register


@cache
def _handler(kind: Any) -> Handler:
    # The nearest registered ancestor wins.
    return next((_HANDLERS[k] for k in kind.__mro__ if k in _HANDLERS), _refuse)


def _refuse(_: "Expressions", node: exp.Expr, __: Scope) -> Typed:
    raise SqlUnsupportedError(f"AMC does not run {node.sql('amc')[:60]}.", **place(node))


@dataclass(frozen=True)
class Setting:
    """What a translation is made for: values, window and clock."""

    parameters: Mapping[str, Any]
    window: tuple[datetime, datetime]
    now: datetime


class Expressions:
    """Translates expressions; queries inside them go back through `query`."""

    def __init__(
        self, setting: Setting, query: Callable[[exp.Expr, Scope], tuple[exp.Expr, list[SqlType]]]
    ) -> None:
        """`query` translates a subquery and gives its output types."""
        self.setting, self.query = setting, query

    def __call__(self, node: exp.Expr, scope: Scope) -> Typed:
        """Translate one expression.

        Raises:
            SqlNameError: an unknown column, or a parameter without value.
            SqlUnsupportedError: a construct that AMC does not document and DuckDB cannot take.
        """
        try:
            kind: Any = type(node)
            return _handler(kind)(self, node, scope)
        except SqlPlaceError as exc:
            if (exc.end_line, exc.end_column) == (1, 1):
                for name, value in place(node).items():
                    setattr(exc, name, value)
            raise

    def all(self, nodes: list[exp.Expr], scope: Scope) -> list[Typed]:
        """Translate several."""
        return [self(n, scope) for n in nodes]


def without_aliases(scope: Scope) -> Scope:
    """The same scope for a place where a name is always a column."""
    if not scope.aliases:
        return scope
    return Scope(scope.outer, scope.relations, scope.using)
