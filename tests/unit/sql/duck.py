"""Runs AMC SQL on DuckDB over small tables that a test makes."""
# ruff: noqa: DTZ001 - AMC's timestamps have no zone

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
from sqlglot import exp

from amc.sql.catalog import Catalog
from amc.sql.dialect import parse
from amc.sql.duckdb import SourceRef, Translation, register_functions, to_duckdb

WINDOW = (datetime(2024, 1, 1), datetime(2024, 1, 8))
NOW = datetime(2024, 2, 1, 10, 30)


@dataclass
class Duck:
    """A connection with tables of its own; keeps what the last query read."""

    tables: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    reads: list[SourceRef] = field(default_factory=list)
    translation: Translation | None = None
    catalog: Catalog | None = None

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        register_functions(self.connection)
        for name, body in self.tables.items():
            self.connection.execute(f"CREATE TABLE {name} AS {body}")

    def _source(self, ref: SourceRef) -> exp.Expr:
        self.reads.append(ref)
        return exp.to_table(ref.name)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        self.reads.clear()
        self.translation = to_duckdb(
            parse(sql),
            source=self._source,
            parameters=self.parameters,
            window=WINDOW,
            now=NOW,
            catalog=self.catalog,
        )
        return self.connection.execute(self.translation.sql).fetchall()

    def one(self, expression: str) -> Any:
        return self.run(f"SELECT {expression} AS v")[0][0]
