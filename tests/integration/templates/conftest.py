"""Templates run on the query engine of the local AMC, over events that the tests choose."""

import csv
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amc.sandbox.query import CompileRequest, QueryEngine
from amc.sql.catalog import Catalog, load_catalog
from amc.templates import Template, load_templates
from tests.integration.templates.oracle import TIME_COLUMNS, Figures

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 20, tzinfo=UTC)
Result = list[dict[str, str]]
RunTemplate = Callable[..., Result]

_ARROW = {
    "STRING": pa.string(), "LONG": pa.int64(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
    "DECIMAL(38,4)": pa.float64(), "DECIMAL": pa.float64(),
}  # fmt: skip


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def templates() -> dict[str, Template]:
    return load_templates([ROOT / "sql_templates"])


def write_tables(
    catalog: Catalog, tables: Mapping[str, list[dict[str, Any]]], folder: Path
) -> None:
    """One Parquet file a data source, in the catalog's types."""
    for name, rows in tables.items():
        columns = {column for row in rows for column in row}
        schema = pa.schema(
            [(c, _ARROW[catalog.table(name).columns[c].data_type]) for c in sorted(columns)]
        )
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{name}.parquet")


def relation_of(folder: Path) -> Callable[..., str]:
    """What the engine reads: the file of a data source, cut to the window."""

    def relation(
        _instance: str, source: str, columns: Iterable[str], start: datetime, end: datetime
    ) -> str:
        names = ", ".join(f'"{column}"' for column in columns) or "1"
        column = TIME_COLUMNS[source]
        return (
            f"(SELECT {names} FROM read_parquet('{folder / source}.parquet') "
            f"WHERE {column} >= TIMESTAMP '{start:%Y-%m-%d %H:%M:%S}' "
            f"AND {column} < TIMESTAMP '{end:%Y-%m-%d %H:%M:%S}')"
        )

    return relation


def run_on(
    engine: QueryEngine, template: Template, values: Mapping[str, object], *,
    window: tuple[datetime, datetime], folder: Path, instance: str = "amctest",
    bare: bool = True, available: frozenset[str] | None = None,
) -> Result:  # fmt: skip
    """One run; `bare` shows every row, as a sandbox instance can, for exact comparisons."""
    rendered = template.render(values, sources=available)
    compiled = engine.compile(
        CompileRequest(
            "wf", rendered.author_sql, rendered.declarations, available=available,
            sandbox=bare, aggregation_controls=not bare,
        )
    )  # fmt: skip
    names = [column["name"] for column in compiled.output_columns]
    assert names == [column.name for column in template.output]
    outcome = engine.run(
        compiled, instance_id=instance, start=window[0].replace(tzinfo=UTC),
        end=window[1].replace(tzinfo=UTC), parameters=rendered.parameter_values, now=NOW,
        out_dir=folder, timeout_s=240,
    )  # fmt: skip
    with outcome.parts[0].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, doublequote=True, escapechar="\\"))


def assert_figures(
    result: Result, expected: Figures, keys: list[str], *, all_rows: bool = True
) -> None:
    """Every row has the figures that were worked out; none is missing when all are asked for."""
    told = {tuple(str(part) for part in key): figures for key, figures in expected.items()}
    found = {tuple(row[key] for key in keys): row for row in result}
    assert len(found) == len(result)
    assert set(found) <= set(told)
    if all_rows:
        assert set(found) == set(told)
    for key, row in found.items():
        for name, value in told[key].items():
            shown = row[name]
            if value is None:
                assert shown == "", (key, name)
            else:
                assert shown != "", (key, name)
                assert math.isclose(float(shown), value, rel_tol=1e-6, abs_tol=1e-6), (
                    key, name, shown, value,
                )  # fmt: skip
