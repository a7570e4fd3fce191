"""AMC SQL on DuckDB: the same query with every difference of meaning rewritten.

`to_duckdb` takes the tree of `amc.sql.dialect.parse` and asks a callback for every base table
that the query reads, telling it which columns are used and how far the time window reaches.
Unlike DuckDB, AMC: compares texts with numbers, divides by zero to NULL and never to an integer,
gives NULL for GREATEST, LEAST and SQRT where DuckDB does not, reads SIMILAR TO as a Java regular
expression found anywhere, counts days of the week from Sunday = 1, and lets a select alias win
over a column in GROUP BY and HAVING.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlglot import exp

from amc.sql.catalog import Catalog, load_catalog
from amc.sql.duckdb import forms, functions, names, operators, windows
from amc.sql.duckdb.core import Setting
from amc.sql.duckdb.model import Parameter, Source, SourceRef, Translation
from amc.sql.duckdb.queries import Queries
from amc.sql.duckdb.regex import register_functions
from amc.sql.errors import SqlTooLargeError

HANDLERS = (forms, functions, names, operators, windows)
"""Importing them registers what they translate."""


def to_duckdb(
    tree: exp.Expr,
    *,
    source: Source,
    parameters: Mapping[str, Any] | None = None,
    window: tuple[datetime, datetime],
    now: datetime,
    catalog: Catalog | None = None,
) -> Translation:
    """Translate an AMC query for DuckDB.

    Args:
        tree: from `amc.sql.dialect.parse`; it is not changed.
        source: called once for every read of a base table (also of one that no catalog knows);
            gives what is read: a table, a subquery, a function. It may raise.
        parameters: values of CUSTOM_PARAMETER by name: plain Python values, lists of them, or
            `Parameter(value, type)`.
        window: start and end of the execution's window (naive means UTC).
        now: what CURRENT_TIMESTAMP, 'now' and 'today' mean.
        catalog: columns and types of the base tables; the shipped catalog by default.

    Returns:
        The DuckDB text, its tree and its output columns. The connection that runs it needs
        `register_functions`.

    Raises:
        SqlNameError: an unknown or ambiguous column, an unknown function or parameter.
        SqlUnsupportedError: a construct that AMC does not run.
        SqlTooLargeError: nested too deeply.
    """
    setting = Setting(parameters or {}, window, now)
    queries = Queries(setting, catalog or load_catalog())
    try:
        found, output = queries.query(tree)
        _put_sources(found, queries, source)
        sql = found.sql("duckdb", identify=True, comments=False)
    except RecursionError:
        raise SqlTooLargeError("This is nested too deeply.") from None
    return Translation(sql, found, tuple(output))


def _put_sources(tree: exp.Expr, queries: Queries, source: Source) -> None:
    given = {
        read.node.name: source(
            SourceRef(read.name, read.alias, frozenset(read.used), read.before, read.after)
        )
        for read in queries.reads
    }
    # Stand-ins may have been copied on the way, so they are found by name.
    for table in list(tree.find_all(exp.Table)):
        wanted = given.get(table.name)
        if wanted is None:
            continue
        alias = table.args["alias"]
        found = wanted.copy()
        if isinstance(found, exp.Query) and not isinstance(found, exp.Subquery):
            found = exp.Subquery(this=found)
        elif not isinstance(found, exp.Table | exp.Subquery):
            found = exp.Table(this=found)
        found.set("alias", alias.copy())
        table.replace(found)


__all__ = ["Parameter", "SourceRef", "Translation", "register_functions", "to_duckdb"]
