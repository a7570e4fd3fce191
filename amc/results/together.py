"""Many stored results as one scan: columns matched by name, types made the same.

One scan over a list of files costs what its widest file does; a union of one query a file, each
with joins of its own, costs that many times over, and memory ends long before the files do.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from amc.errors import ResultError
from amc.results.columns import ROW_NUMBER, ResultColumn
from amc.results.duck import ident, literal
from amc.results.schema import read_schema

_WIDEST = 38  # digits that a DECIMAL holds
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stored result in a table.

    Attributes:
        path: its Parquet file.
        fixed: columns in front that say whose rows these are, such as `instance_id`.
    """

    path: Path
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Whose it is, for a sentence; empty when nobody said."""
        return ", ".join(self.fixed.values())


@dataclass(frozen=True, slots=True)
class Shape:
    """A part with what its file says of itself."""

    part: Part
    rows: int
    columns: tuple[ResultColumn, ...]


def read_shapes(parts: Sequence[Part]) -> list[Shape]:
    """What each file says of itself.

    Raises:
        ResultMissingError, ResultFormatError: a file is gone or damaged; names whose it is.
    """
    found = []
    for part in parts:
        try:
            rows, columns = read_schema(part.path)
        except ResultError as exc:
            if not part.words:
                raise
            raise type(exc)(f"{part.words}: {exc.message}", hint=exc.hint) from exc
        found.append(Shape(part, rows, tuple(columns)))
    return found


def common_columns(shapes: Sequence[Shape]) -> tuple[ResultColumn, ...]:
    """The columns of all, in the order in which they come up first; letter case does not count.

    A type that differs becomes a number when all are numbers, and text otherwise. A column without
    any value in a part does not settle its type.
    """
    found: dict[str, ResultColumn] = {}
    firsts: dict[str, Shape] = {}
    for shape in shapes:
        for column in shape.columns:
            key = column.name.lower()
            known = found.get(key)
            if known is None:
                found[key], firsts[key] = column, shape
            elif known.sql_type != column.sql_type and not _is_blank(shape, column):
                if shape is not firsts[key] and _is_blank(firsts[key], known):
                    found[key] = replace(
                        known, kind=column.kind, sql_type=column.sql_type, note=column.note
                    )
                else:
                    found[key] = _wider(known, column)
                firsts[key] = shape
    return tuple(found.values())


def scan_of(
    connection: duckdb.DuckDBPyConnection,
    shapes: Sequence[Shape],
    columns: Sequence[ResultColumn],
    folder: Path,
) -> tuple[str, dict[str, str]]:
    """A table expression with the rows of all parts in their order, and the fixed columns' ones.

    Args:
        connection: one that may read the files, and write below the folder.
        shapes: the parts.
        columns: those of all of them (`common_columns`).
        folder: where a part is written anew whose types are others.
    """
    wanted = {column.name.lower(): column for column in columns}
    paths = [
        _same_types(connection, shape, wanted, folder / f"part-{number}.parquet")
        for number, shape in enumerate(shapes)
    ]
    listed = ", ".join(literal(str(path)) for path in paths)
    source = f"read_parquet([{listed}], union_by_name = true, {ROW_NUMBER} = true)"
    names = dict.fromkeys(name for shape in shapes for name in shape.part.fixed)
    fixed = {}
    for name in names:
        values = ", ".join(literal(shape.part.fixed.get(name, "")) for shape in shapes)
        fixed[name] = f"([{values}])[CAST(r.file_index AS BIGINT) + 1]"
    return source, fixed


def _same_types(
    connection: duckdb.DuckDBPyConnection,
    shape: Shape,
    wanted: Mapping[str, ResultColumn],
    aside: Path,
) -> Path:
    """The part's file, or one beside it when a scan would not bring its types together rightly."""
    chosen, differs = [], False
    for column in shape.columns:
        target = wanted[column.name.lower()]
        # Decimals of other sizes are brought together by the scan itself, exactly.
        cast = target.kind != column.kind
        differs |= cast
        name = ident(column.name)
        chosen.append(f"CAST({name} AS {target.sql_type}) AS {name}" if cast else name)
    if not differs:
        return shape.part.path
    query = f"SELECT {', '.join(chosen)} FROM read_parquet({literal(str(shape.part.path))})"  # noqa: S608 - names of the schema, quoted
    connection.execute(f"COPY ({query}) TO {literal(str(aside))} (FORMAT parquet)")
    return aside


def _wider(one: ResultColumn, other: ResultColumn) -> ResultColumn:
    if one.kind == other.kind == "decimal":
        sizes = [_size(one), _size(other)]
        whole, scale = max(w for w, _ in sizes), max(s for _, s in sizes)
        if whole + scale <= _WIDEST:
            return replace(one, sql_type=f"DECIMAL({whole + scale},{scale})")
        return replace(one, kind="double", sql_type="DOUBLE")
    if one.kind == other.kind:
        return one
    if one.is_number and other.is_number:
        return replace(one, kind="double", sql_type="DOUBLE")
    return replace(one, kind="text", sql_type="VARCHAR")


def _size(column: ResultColumn) -> tuple[int, int]:
    """Digits before and after the point."""
    found = _DECIMAL.fullmatch(column.sql_type)
    width, scale = (int(found[1]), int(found[2])) if found else (_WIDEST, 0)
    return width - scale, scale


def _is_blank(shape: Shape, column: ResultColumn) -> bool:
    """Whether a column has no value at all, as far as the file tells."""
    file = pq.read_metadata(shape.part.path)
    for number in range(file.num_row_groups):
        group = file.row_group(number)
        for place in range(group.num_columns):
            chunk = group.column(place)
            if chunk.path_in_schema != column.name:
                continue
            told = chunk.statistics
            if told is None or not told.has_null_count or told.null_count != chunk.num_values:
                return False
    return True
