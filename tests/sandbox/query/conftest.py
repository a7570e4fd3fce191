"""A query engine over a handful of events that a test writes down itself."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amc.sandbox.query import CompileRequest, QueryEngine, RunOutcome
from amc.sql.catalog import Catalog, load_catalog
from amc.sql.types import duckdb_type, parse_type

START = datetime(2026, 9, 1, tzinfo=UTC)
END = datetime(2026, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 10, 5, 12, 30, tzinfo=UTC)
MOMENT = datetime(2026, 9, 15, 10, tzinfo=UTC).replace(tzinfo=None)


def stored(value: Any) -> Any:
    """A Python value as text (lists as lists of text), to be cast by the type of its column."""
    if value is None or isinstance(value, list):
        return value
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


@dataclass
class Events:
    """The events of one instance: rows by data source; what a row leaves out is NULL."""

    catalog: Catalog
    folder: Path
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...], datetime, datetime]] = field(default_factory=list)

    def add(self, source: str, rows: Iterable[Mapping[str, Any]]) -> None:
        time_column = self.catalog.table(source).time_column
        for row in rows:
            self.rows.setdefault(source, []).append({time_column: MOMENT, **row})

    def relation(
        self, instance_id: str, source: str, columns: Iterable[str], start: datetime, end: datetime
    ) -> str:
        table = self.catalog.table(source)
        names = list(columns)
        self.asked.append((source, tuple(names), start, end))
        kinds = {
            name: duckdb_type(parse_type(table.columns[name].data_type)).sql("duckdb")
            for name in {*names, *([table.time_column] if table.time_column else [])}
        }
        path = self.folder / f"{source}-{len(self.asked)}.parquet"
        rows = self.rows.get(source, [])
        pq.write_table(
            pa.table(
                {
                    name: pa.array(
                        [stored(row.get(name)) for row in rows],
                        pa.list_(pa.string()) if kind.endswith("[]") else pa.string(),
                    )
                    for name, kind in kinds.items()
                }
            ),
            path,
        )
        shown = ", ".join(f'CAST("{n}" AS {kinds[n]}) AS "{n}"' for n in names) or "1"
        window = (
            f"WHERE CAST(\"{table.time_column}\" AS TIMESTAMP) >= TIMESTAMP '{start:%F %T}' "
            f"AND CAST(\"{table.time_column}\" AS TIMESTAMP) < TIMESTAMP '{end:%F %T}'"
            if table.time_column
            else ""
        )
        return f"(SELECT {shown} FROM read_parquet('{path}') {window})"


@dataclass
class Ran:
    """A finished run, its CSV read back."""

    outcome: RunOutcome
    text: str
    header: list[str]
    rows: list[list[str]]
    output_columns: list[dict[str, Any]]

    @property
    def table(self) -> set[tuple[str, ...]]:
        return {tuple(row) for row in self.rows}

    def dicts(self) -> list[dict[str, str]]:
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def events(catalog: Catalog, tmp_path: Path) -> Events:
    folder = tmp_path / "events"
    folder.mkdir()
    return Events(catalog, folder)


@pytest.fixture
def engine(catalog: Catalog, events: Events, tmp_path: Path) -> QueryEngine:
    return QueryEngine(
        catalog, events.relation, temp_dir=tmp_path / "spill", data_folders=(events.folder,)
    )


Run = Callable[..., Ran]


@pytest.fixture
def run(engine: QueryEngine, tmp_path: Path) -> Run:
    def go(sql: str, parameters: Mapping[str, Any] | None = None, **request: Any) -> Ran:
        output_format = request.pop("output_format", None)
        limit = request.pop("max_rows_per_part", None)
        compiled = engine.compile(CompileRequest("wf", sql, **request))
        outcome = engine.run(
            compiled,
            instance_id="amctest",
            start=START,
            end=END,
            parameters=parameters or {},
            now=NOW,
            out_dir=tmp_path / "out",
            timeout_s=60,
            output_format=output_format,
            max_rows_per_part=limit,
        )
        text = outcome.parts[0].read_bytes().decode("utf-8")
        header, *rows = csv.reader(io.StringIO(text, newline=""), doublequote=True, escapechar="\\")
        return Ran(outcome, text, header, rows, compiled.output_columns)

    return go


@pytest.fixture
def refuse(engine: QueryEngine) -> Callable[..., str]:
    """Compiles what must not compile; AMC's words without the frame."""
    from amc.sandbox.query import CompileError

    def go(sql: str, **request: Any) -> str:
        with pytest.raises(CompileError) as caught:
            engine.compile(CompileRequest("wf", sql, **request))
        frame = "Was unable to compile workflow wf because it was found to be invalid: "
        assert str(caught.value).startswith(frame)
        return str(caught.value).removeprefix(frame)

    return go


def spread(total: int, users: int, prefix: str) -> list[tuple[str, int]]:
    """`total` shared out over users, each at least 1: (user, share)."""
    base, rest = divmod(total, users)
    return [(f"{prefix}{n}", base + (n < rest)) for n in range(users)]
