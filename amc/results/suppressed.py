"""How much of a result AMC hid to protect privacy: rows whose dimensions are blank."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from amc.results.columns import ResultColumn
from amc.results.duck import ident

# No column of a result can have this name: control characters are taken out.
_HIDDEN = ident("\x01hidden")
_AT_ONCE = 100  # planning time grows with the square of the expressions


@dataclass(frozen=True, slots=True)
class Suppression:
    """Rows with at least one blank dimension, and their part in each metric.

    Attributes:
        rows: how many such rows.
        total: all rows.
        by_column: blank values of each dimension that has any.
        shares: for each metric that can be added up, the part (0 to 1) that those rows hold; None
            when the whole is nought.
    """

    rows: int
    total: int
    by_column: dict[str, int] = field(default_factory=dict)
    shares: dict[str, float | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The figures as data."""
        return asdict(self)


def measure_suppression(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[ResultColumn],
    *,
    discriminator: str | None = None,
) -> Suppression:
    """Count the rows that AMC blanked.

    Args:
        connection: where to ask.
        source: a table expression of ours with the result's columns.
        columns: the result's columns.
        discriminator: the name of AMC's own TRUE/FALSE column for removed values; then that
            decides in place of blank dimensions.
    """
    dimensions = [column.name for column in columns if column.is_dimension]
    metrics = [column for column in columns if column.is_metric and column.is_number]
    blank = " OR ".join(f"{ident(name)} IS NULL" for name in dimensions) or "false"
    marked = {c.name for c in columns if c.kind == "boolean"}
    if discriminator in marked:
        blank = f"coalesce({ident(str(discriminator))}, false)"
    sums = []
    for column in metrics:
        value = f"CAST({ident(column.name)} AS DOUBLE)"
        sums.append(f"sum({value}) FILTER (WHERE {_HIDDEN} AND isfinite({value}))")
        sums.append(f"sum({value}) FILTER (WHERE isfinite({value}))")
    counts = [f"count(*) FILTER (WHERE {ident(name)} IS NULL)" for name in dimensions]
    wanted = ["count(*)", f"count(*) FILTER (WHERE {_HIDDEN})", *counts, *sums]
    total, rows, *rest = _ask(connection, source, blank, wanted)
    by_column = dict(zip(dimensions, rest, strict=False))
    pairs = rest[len(dimensions) :]
    shares = {
        column.name: (pairs[2 * i] or 0.0) / pairs[2 * i + 1] if pairs[2 * i + 1] else None
        for i, column in enumerate(metrics)
    }
    return Suppression(rows, total, {k: v for k, v in by_column.items() if v}, shares)


def _ask(
    connection: duckdb.DuckDBPyConnection, source: str, blank: str, wanted: Sequence[str]
) -> list[Any]:
    """Answers to many expressions, a few at a time."""
    answers: list[Any] = []
    for start in range(0, len(wanted), _AT_ONCE):
        chosen = ", ".join(wanted[start : start + _AT_ONCE])
        query = f"SELECT {chosen} FROM (SELECT *, ({blank}) AS {_HIDDEN} FROM {source})"  # noqa: S608 - names of the schema, quoted
        answers += connection.execute(query).fetchone() or ()
    return answers
