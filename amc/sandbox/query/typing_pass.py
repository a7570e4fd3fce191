"""The types of the output columns: the database's own binder works them out on empty tables."""

from dataclasses import replace
from datetime import UTC, datetime

from amc.sandbox.query.compiling import CompiledQuery
from amc.sandbox.query.connection import Limits, locked_connection
from amc.sandbox.query.privacy import place
from amc.sandbox.query.translate import hidden_names, to_sql
from amc.sql.catalog import Catalog
from amc.sql.types import duckdb_type

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def typed_query(compiled: CompiledQuery, catalog: Catalog) -> CompiledQuery:
    """The query with the types of its columns.

    Raises:
        duckdb.Error: the binder refuses it.
    """

    def empty(source: str, columns: list[str], _start: datetime, _end: datetime) -> str:
        known = catalog.sources[source.lower()].columns
        shown = ", ".join(
            f'CAST(NULL AS {duckdb_type(known[name].type).sql("duckdb")}) AS "{name}"'
            for name in columns
        )
        return f"(SELECT {shown or 'NULL'} WHERE FALSE)"

    sql = to_sql(compiled, empty, {}, (_ANY_TIME, _ANY_TIME), _ANY_TIME, catalog)
    names = [place(number) for number in range(len(compiled.rules.columns))]
    listed = ", ".join([*names, *(f'"{name}"' for name in hidden_names(compiled.tree))])
    connection = locked_connection(Limits())
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM ({sql}) AS q({listed})").fetchall()  # noqa: S608
    finally:
        connection.close()
    columns = tuple(
        replace(column, duckdb_type=str(row[1]))
        for column, row in zip(compiled.rules.columns, described, strict=False)
    )
    rules = replace(compiled.rules, columns=columns)
    return replace(compiled, columns=(*columns, *rules.extra), rules=rules)
