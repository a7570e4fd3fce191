"""From a compiled query to DuckDB's text: the one place that talks to the translator."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlglot import exp

from amc.sandbox.query.carriers import HIDDEN
from amc.sandbox.query.compiling import CompiledQuery
from amc.sql.catalog import Catalog
from amc.sql.duckdb import Parameter, SourceRef, to_duckdb

USER_ID = "user_id"
Relations = Callable[[str, str, list[str], datetime, datetime], str]
"""(instance id, data source, columns, start, end) to a DuckDB table expression."""
Tables = Callable[[str, list[str], datetime, datetime], str]
"""The same for one instance."""


def hidden_names(tree: exp.Expr) -> tuple[str, ...]:
    """The hidden columns of a query in the order in which it gives them."""
    query = tree
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
    names: Iterable[str] = (item.alias for item in query.expressions)
    return tuple(name for name in names if name.startswith(HIDDEN))


def to_sql(
    compiled: CompiledQuery,
    tables: Tables,
    values: Mapping[str, Any],
    window: tuple[datetime, datetime],
    now: datetime,
    catalog: Catalog,
    user_number: str = "",
) -> str:
    """The query as DuckDB runs it; `values` are the typed values of the declared parameters.

    `user_number` is the column by which `tables` gives a user as a number, if it can.

    Raises:
        SqlPlaceError: the translator does not take it.
    """

    def source(read: SourceRef) -> exp.Expr:
        # COUNT(*) alone uses no column: rows are counted by any one.
        columns = sorted(read.columns) or list(catalog.sources[read.name].columns)[:1]
        span = window[0] - read.before, window[1] + read.after
        if user_number and compiled.numbered and USER_ID in columns:
            asked = [user_number if name == USER_ID else name for name in columns]
            names = ", ".join(f'"{name}"' for name in columns if name != USER_ID)
            text = (
                f'(SELECT {names}{", " if names else ""}"{user_number}" AS "{USER_ID}" '  # noqa: S608
                f"FROM {tables(read.name, asked, *span)} AS numbered)"
            )
        else:
            text = tables(read.name, columns, *span)
        # Plain text in the place of a table: the translator need not understand it.
        return exp.Var(this=text)

    parameters = {
        name: Parameter(values.get(name), parameter.type)
        for name, parameter in compiled.parameters.items()
    }
    return to_duckdb(
        compiled.tree,
        source=source,
        parameters=parameters,
        window=window,
        now=now,
        catalog=catalog,
    ).sql
