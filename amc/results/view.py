"""Looking at a stored result: pages, sorting, filters, search, sums; by DuckDB over Parquet.

Nothing that a user types becomes SQL: column names come from the file's own schema, values are
bound, and the connection reaches the one file and nothing else.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import duckdb
import pandas as pd

from amc.errors import ResultTooLargeError, UsageError
from amc.results.columns import ROW_NUMBER, ResultColumn
from amc.results.duck import ident, locked_down
from amc.results.filters import Filter, condition
from amc.results.joining import CampaignName, load_names, make_view, stored_file
from amc.results.schema import read_schema
from amc.results.suppressed import Suppression, measure_suppression

__all__ = ["CampaignName", "Filter", "How", "Page", "ResultView", "Sort"]

Sort = tuple[str, Literal["asc", "desc"]]
How = Literal["sum", "avg", "min", "max", "count"]

_HOW = {"sum": "sum", "avg": "avg", "min": "min", "max": "max", "count": "count"}
_MOST_ROWS = 100_000  # more do not belong on a screen


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a result.

    Attributes:
        frame: the rows; ids are text, decimals are floats for display.
        matching: rows that the filters and the search leave.
        total: rows of the result.
    """

    frame: pd.DataFrame
    matching: int
    total: int


class ResultView:
    """An open result. Use it as a context manager; safe to share between threads."""

    def __init__(
        self,
        path: Path,
        *,
        names: Mapping[str, CampaignName] | None = None,
        spill: Path | None = None,
    ) -> None:
        """Open a Parquet file that `ingest` made.

        Args:
            path: the local file (`ResultStore.open_local`).
            names: campaign id to name and brand; they are joined as columns beside each id.
            spill: where sorts of huge results may put what does not fit into memory.

        Raises:
            ResultMissingError: there is no such file.
            ResultFormatError: it is not such a file.
        """
        self.total, stored = read_schema(path)
        self._source = "result"
        self._stack = ExitStack()
        try:
            self._connection = self._stack.enter_context(
                locked_down(files=[path], spill=spill, columns=len(stored))
            )
            if names:
                load_names(self._connection, names)
            self.columns = make_view(
                self._connection,
                self._source,
                stored_file(path),
                stored,
                with_names=bool(names),
            )
        except BaseException:
            self._stack.close()
            raise
        self._stored = stored

    def __enter__(self) -> Self:
        """The view itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._stack.close()

    def column(self, name: str) -> ResultColumn:
        """The column of that name.

        Raises:
            UsageError: the result has none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise UsageError(f"The result has no column '{name}'.")

    def page(
        self,
        *,
        offset: int = 0,
        limit: int = 100,
        sort: Sequence[Sort] = (),
        filters: Sequence[Filter] = (),
        search: str = "",
        columns: Sequence[str] | None = None,
    ) -> Page:
        """Rows in a stable order: ties keep the order of the file, so no row shows twice.

        Args:
            offset: rows to leave out first.
            limit: rows to give, at most 100,000.
            sort: columns with `asc` or `desc`; blank values come last.
            filters: conditions that all have to hold.
            search: text that some column has to contain, whatever the case.
            columns: names to give, in order; all when None.

        Raises:
            UsageError: a column or value that cannot be.
        """
        chosen = [self.column(name) for name in columns] if columns else list(self.columns)
        where, bound = condition(filters, search, self.columns)
        order = "".join(
            f"{ident(self.column(name).name)} {_direction(way)} NULLS LAST, " for name, way in sort
        )
        order += ident(ROW_NUMBER)
        wanted = ", ".join(ident(column.name) for column in chosen)
        # Sorting whole rows needs memory for all of them: sort the row numbers, then fetch.
        picked = (
            f"{ident(ROW_NUMBER)} IN (SELECT {ident(ROW_NUMBER)} FROM {self._source}"  # noqa: S608 - names of the schema, quoted
            f" WHERE {where} ORDER BY {order} LIMIT $limit OFFSET $offset)"
        )
        if where == "true" and not sort:
            picked = f"{ident(ROW_NUMBER)} >= $offset AND {ident(ROW_NUMBER)} < $offset + $limit"
        frame = self._frame(
            f"SELECT {wanted} FROM {self._source} WHERE {picked} ORDER BY {order}",  # noqa: S608 - as above
            bound | {"limit": min(max(0, limit), _MOST_ROWS), "offset": max(0, offset)},
        )
        return Page(frame, self._count(where, bound), self.total)

    def totals(
        self, *, filters: Sequence[Filter] = (), search: str = ""
    ) -> dict[str, float | int | None]:
        """The sum of each metric over the matching rows; what is no finite number is left out."""
        metrics = [c for c in self.columns if c.is_metric and c.is_number]
        if not metrics:
            return {}
        where, bound = condition(filters, search, self.columns)
        sums = ", ".join(_measure(column, "sum") for column in metrics)
        frame = self._frame(f"SELECT {sums} FROM {self._source} WHERE {where}", bound)  # noqa: S608 - as above
        return {c.name: _plain(frame.iloc[0][c.name]) for c in metrics}

    def grouped(
        self,
        by: Sequence[str],
        measures: Mapping[str, How],
        *,
        filters: Sequence[Filter] = (),
        search: str = "",
        sort: Sequence[Sort] = (),
        limit: int = 2000,
    ) -> pd.DataFrame:
        """Measures for each combination of values, blank values as a group of their own.

        Args:
            by: columns to group by.
            measures: column to the way of bringing its values together.
            filters: as in `page`.
            search: as in `page`.
            sort: columns among `by` and `measures`; the order of `by` decides ties.
            limit: groups to give at most.

        Raises:
            UsageError: a column or value that cannot be.
        """
        keys = [ident(self.column(name).name) for name in by]
        found = [_measure(self.column(name), how) for name, how in measures.items()]
        known = {*by, *measures}
        where, bound = condition(filters, search, self.columns)
        if any(name not in known for name, _ in sort):
            raise UsageError("Only what is grouped or measured can be sorted by.")
        order = [f"{ident(name)} {_direction(way)} NULLS LAST" for name, way in sort]
        order += [f"{key} ASC NULLS LAST" for key in keys]
        return self._frame(
            f"SELECT {', '.join([*keys, *found])} FROM {self._source} WHERE {where}"  # noqa: S608 - as above
            + (f" GROUP BY {', '.join(keys)}" if keys else "")
            + (f" ORDER BY {', '.join(order)}" if order else "")
            + " LIMIT $limit",
            bound | {"limit": max(0, limit)},
        )

    def suppression(self, *, discriminator: str | None = None) -> Suppression:
        """What AMC hid in this result."""
        return measure_suppression(
            self._connection.cursor(), self._source, self._stored, discriminator=discriminator
        )

    def _frame(self, query: str, bound: Mapping[str, Any]) -> pd.DataFrame:
        used = {key: value for key, value in bound.items() if f"${key}" in query}
        try:
            frame: pd.DataFrame = self._connection.cursor().execute(query, used).df()
        except duckdb.ConversionException as exc:
            raise UsageError("A value of a filter does not fit its column.") from exc
        except duckdb.OutOfMemoryException as exc:
            raise ResultTooLargeError(
                "This view of the result needs too much memory.",
                hint="Filter it, sort by fewer columns, or export it.",
            ) from exc
        return frame

    def _count(self, where: str, bound: Mapping[str, Any]) -> int:
        if where == "true":
            return self.total
        query = f"SELECT count(*) FROM {self._source} WHERE {where}"  # noqa: S608 - as above
        row = self._connection.cursor().execute(query, dict(bound)).fetchone()
        return int(row[0]) if row else 0


def _direction(way: str) -> str:
    if way not in ("asc", "desc"):
        raise UsageError(f"'{way}' is not a direction; write asc or desc.")
    return way.upper()


def _measure(column: ResultColumn, how: How) -> str:
    name = ident(column.name)
    if how not in _HOW:
        raise UsageError(f"'{how}' is not a way to bring values together.")
    if how == "count":
        return f"count({name}) AS {name}"
    if not column.is_number:
        raise UsageError(f"Column '{column.name}' holds no numbers.")
    finite = f" FILTER (WHERE isfinite({name}))" if column.kind == "double" else ""
    return f"{_HOW[how]}({name}){finite} AS {name}"


def _plain(value: Any) -> float | int | None:
    if value is None or pd.isna(value):
        return None
    number = value.item() if hasattr(value, "item") else value
    return int(number) if float(number).is_integer() and abs(number) < 2**53 else float(number)
