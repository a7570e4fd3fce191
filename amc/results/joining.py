"""Names beside ids: stored columns and mapped ones as one DuckDB view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from amc.results.columns import ROW_NUMBER, ResultColumn, safe_names
from amc.results.duck import ident, literal

_NAMES = "campaign_names"


@dataclass(frozen=True, slots=True)
class CampaignName:
    """What a mapping says about a campaign id."""

    name: str
    brand: str = ""


def load_names(connection: duckdb.DuckDBPyConnection, names: Mapping[str, CampaignName]) -> None:
    """Bring the mapping into the connection, once, before `make_view`."""
    table = pa.table(
        {
            "campaign_id": pa.array(list(names), pa.string()),
            "name": pa.array([entry.name or None for entry in names.values()], pa.string()),
            "brand": pa.array([entry.brand or None for entry in names.values()], pa.string()),
        }
    )
    connection.register("given_names", table)
    connection.execute(f"CREATE TABLE {_NAMES} AS FROM given_names")
    connection.unregister("given_names")


def stored_file(path: Path) -> str:
    """One stored result as the source of a view."""
    return f"read_parquet({literal(str(path))}, {ROW_NUMBER} = true)"


def make_view(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    source: str,
    stored: Sequence[ResultColumn],
    *,
    with_names: bool,
    fixed: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
) -> tuple[ResultColumn, ...]:
    """A view over stored results, by our own name; its columns.

    Args:
        connection: one that may read the files.
        view: the view's name, ours.
        source: what it reads, as `stored_file` or `together.scan_of` give it.
        stored: its columns.
        with_names: whether each campaign id gets its name and brand beside it.
        fixed: columns in front that say whose rows these are, each with its expression.
        order: what puts the rows into their order again; a join leaves them in any.
    """
    given = dict(fixed or {})
    labels = [*given, *(c.name for c in stored), *_joined_names(stored)]
    free = safe_names(labels)
    wanted = [f"r.{ident(ROW_NUMBER)}"]
    columns: list[ResultColumn] = []
    joins: list[str] = []
    for name, value in zip(free, given.values(), strict=False):
        wanted.append(f"{value} AS {ident(name)}")
        columns.append(ResultColumn(name, name, role="DIMENSION"))
    kept = free[len(given) : len(given) + len(stored)]
    joined = iter(free[len(given) + len(stored) :])
    for column, name in zip(stored, kept, strict=True):
        wanted.append(f"r.{ident(column.name)} AS {ident(name)}")
        columns.append(_renamed(column, name))
        if not column.is_campaign_id:
            continue
        pair = [next(joined), next(joined)]
        if with_names:
            alias = f"m{len(joins)}"
            joins.append(
                f" LEFT JOIN {_NAMES} {alias}"
                f" ON {alias}.campaign_id = CAST(r.{ident(column.name)} AS VARCHAR)"
            )
            for field, mapped in zip(("name", "brand"), pair, strict=True):
                wanted.append(f"{alias}.{field} AS {ident(mapped)}")
                columns.append(ResultColumn(mapped, mapped, role="MAPPED"))
    sort = f" ORDER BY {', '.join(f'r.{key}' for key in order)}" if order and joins else ""
    connection.execute(
        f"CREATE VIEW {view} AS SELECT {', '.join(wanted)} FROM {source} r{''.join(joins)}{sort}"  # noqa: S608 - names of the schema, quoted
    )
    return tuple(columns)


def _renamed(column: ResultColumn, name: str) -> ResultColumn:
    if name == column.name:
        return column
    return ResultColumn(
        name, column.label, column.kind, column.sql_type, column.role, column.declared, column.note
    )


def _joined_names(stored: Sequence[ResultColumn]) -> list[str]:
    return [f"{c.name}_{f}" for c in stored if c.is_campaign_id for f in ("name", "brand")]
