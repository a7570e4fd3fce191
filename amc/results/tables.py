"""One table out of one or several stored results, for exports."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from amc.errors import ResultFormatError
from amc.results.columns import ROW_NUMBER, ResultColumn
from amc.results.duck import literal, locked_down
from amc.results.joining import CampaignName, load_names, make_view, stored_file
from amc.results.together import Part, Shape, common_columns, read_shapes, scan_of
from amc.results.trouble import telling

__all__ = ["Part", "Table", "open_table"]


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
        ResultTooLargeError: it needs more memory than an export may take.
    """
    if not parts:
        raise ResultFormatError("There is no result to export.")
    shapes = read_shapes(parts)
    # An empty part has no values that could settle a type.
    filled = [shape for shape in shapes if shape.rows] or shapes[:1]
    columns = common_columns(filled)
    with (
        telling(parts),
        locked_down(
            files=[part.path for part in parts],
            folders=[folder],
            spill=folder,
            columns=len(columns),
        ) as connection,
    ):
        if names:
            load_names(connection, names)
        source, fixed = _source(connection, filled, columns, folder)
        shown = make_view(
            connection,
            "whole",
            source,
            columns,
            with_names=bool(names),
            fixed=fixed,
            order=("file_index", ROW_NUMBER),
        )
        yield Table(connection, "whole", shown, sum(shape.rows for shape in shapes))


def _source(
    connection: duckdb.DuckDBPyConnection,
    filled: Sequence[Shape],
    columns: Sequence[ResultColumn],
    folder: Path,
) -> tuple[str, dict[str, str]]:
    if len(filled) > 1:
        return scan_of(connection, filled, columns, folder)
    part = filled[0].part
    return stored_file(part.path), {name: literal(value) for name, value in part.fixed.items()}
