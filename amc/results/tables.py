"""One table out of one or several stored results, for exports."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from amc.errors import ResultFormatError
from amc.results.columns import ResultColumn
from amc.results.duck import ident, locked_down
from amc.results.joining import CampaignName, load_names, make_view
from amc.results.schema import read_schema


@dataclass(frozen=True, slots=True)
class Part:
    """A stored result in a table.

    Attributes:
        path: its Parquet file.
        fixed: columns in front that say whose rows these are, such as `instance_id`.
    """

    path: Path
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """An open table; `source` is a DuckDB view with the rows in their order."""

    connection: duckdb.DuckDBPyConnection
    source: str
    columns: tuple[ResultColumn, ...]
    rows: int


@contextmanager
def open_table(
    parts: Sequence[Part],
    *,
    names: Mapping[str, CampaignName] | None = None,
    folder: Path,
) -> Iterator[Table]:
    """The rows of all parts one after the other; columns are matched by name.

    A column whose type differs between the parts becomes a number if all of them are numbers, and
    text otherwise.

    Args:
        parts: at least one.
        names: campaign id to name and brand, joined beside the ids when given.
        folder: the only place that may be written to; also for what does not fit into memory.

    Raises:
        ResultMissingError, ResultFormatError: a file is gone or damaged.
    """
    if not parts:
        raise ResultFormatError("There is no result to export.")
    schemas = [read_schema(part.path) for part in parts]
    width = max(len(columns) for _, columns in schemas)
    with locked_down(
        files=[part.path for part in parts], folders=[folder], spill=folder, columns=width
    ) as connection:
        if names:
            load_names(connection, names)
        # An empty part has no values that could settle a type.
        filled = [i for i, (rows, _) in enumerate(schemas) if rows] or [0]
        views = [
            make_view(
                connection,
                f"part_{i}",
                parts[i].path,
                schemas[i][1],
                with_names=bool(names),
                fixed=parts[i].fixed,
            )
            for i in filled
        ]
        columns = _together(views)
        rows = sum(rows for rows, _ in schemas)
        if len(filled) == 1:
            yield Table(connection, f"part_{filled[0]}", columns, rows)
            return
        united = " UNION ALL BY NAME ".join(
            _typed_part(f"part_{i}", view, columns) for i, view in zip(filled, views, strict=True)
        )
        connection.execute(f"CREATE VIEW whole AS {united}")
        yield Table(connection, "whole", columns, rows)


def _together(views: Sequence[Sequence[ResultColumn]]) -> tuple[ResultColumn, ...]:
    found: dict[str, ResultColumn] = {}
    for column in (column for view in views for column in view):
        known = found.get(column.name)
        if known is None:
            found[column.name] = column
        elif known.kind != column.kind:
            both = known.is_number and column.is_number
            found[column.name] = replace(
                known,
                kind="double" if both else "text",
                sql_type="DOUBLE" if both else "VARCHAR",
            )
    return tuple(found.values())


def _typed_part(view: str, own: Sequence[ResultColumn], together: Sequence[ResultColumn]) -> str:
    kinds = {column.name: column for column in together}
    chosen = []
    for column in own:
        name, target = ident(column.name), kinds[column.name]
        same = target.kind == column.kind
        chosen.append(name if same else f"CAST({name} AS {target.sql_type}) AS {name}")
    return f"SELECT {', '.join(chosen)} FROM {view}"  # noqa: S608 - names of the schema, quoted
