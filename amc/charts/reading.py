"""What a chart needs of a stored result, grouped by DuckDB before it becomes a frame."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from amc.charts.recipe import Recipe, looks_like_rate
from amc.charts.shaping import MOST_POINTS, gather, how, numbers, texts
from amc.errors import UsageError
from amc.results.export import ExcelChart
from amc.results.filters import Filter
from amc.results.view import How, ResultView

# More groups than this are not told apart in any chart.
_MOST_GROUPS = 100_000
_NATIVE = {"bar": "column", "stacked_bar": "column_stacked", "line": "line", "scatter": "scatter"}
_MOST_NATIVE = 200  # categories of a chart in a workbook
_MOST_SERIES = 12


def chart_frame(
    view: ResultView,
    recipe: Mapping[str, Any],
    *,
    filters: Sequence[Filter] = (),
    search: str = "",
) -> pd.DataFrame:
    """The rows that `figure` draws, from the whole result however large it is.

    Rows are brought together by the recipe's dimensions, so that totals stay those of the result.
    Tables and dots show single rows: the first, or the largest.

    Args:
        view: the open result; mapped names are taken along beside their ids.
        recipe: see `amc.charts.recipe.Recipe`.
        filters: as in `ResultView.page`.
        search: as in `ResultView.page`.

    Raises:
        UsageError: the recipe cannot be read or names a column that the result lacks.
    """
    read = Recipe.read(recipe)
    for name in read.names:
        view.column(name)
    if read.kind in ("table", "scatter"):
        largest = [(read.y[0], "desc")] if read.kind == "scatter" else []
        return view.page(
            limit=MOST_POINTS + 1,
            sort=largest,  # type: ignore[arg-type]
            filters=filters,
            search=search,
            columns=list(read.columns) or None,
        ).frame
    measures = _measures(view, read)
    dimensions = [name for name in read.names if name not in measures]
    if not measures:  # a histogram of single values
        return view.page(
            limit=_MOST_GROUPS, filters=filters, search=search, columns=list(read.names)
        ).frame
    return view.grouped(
        _with_names(view, dimensions),
        measures,
        filters=filters,
        search=search,
        sort=[(next(iter(measures)), "desc")],
        limit=_MOST_GROUPS,
    )


def native_chart(frame: pd.DataFrame, recipe: Mapping[str, Any]) -> ExcelChart | None:
    """The recipe as a chart of Excel's own; None for kinds that Excel has none for.

    Args:
        frame: as for `figure`.
        recipe: as for `figure`.

    Raises:
        UsageError: as `figure`.
    """
    read = Recipe.read(recipe)
    read.check_columns(frame)
    if read.kind not in _NATIVE or frame.empty:
        return None
    if read.kind == "scatter":
        table = pd.DataFrame({n: numbers(frame, n) for n in (read.x, read.y[0])}).dropna()
        return _native(table.head(MOST_POINTS), read, read.x, [read.y[0]])
    keys = texts(frame, read.x).to_frame(read.x)
    if read.color and read.color != read.x:
        keys["color"] = texts(frame, read.color)
        values = gather(keys, numbers(frame, read.y[0]), how(read, read.y[0]))
        table = values.unstack("color")
        table = table[table.sum().sort_values(ascending=False).index[:_MOST_SERIES]]
    else:
        table = pd.DataFrame(
            {name: gather(keys, numbers(frame, name), how(read, name)) for name in read.y}
        )
    series = [str(name) for name in table.columns if str(name) != read.x]
    table.columns = [str(name) for name in table.columns]
    table = table[series].reset_index(names=read.x).head(_MOST_NATIVE)
    return _native(table, read, read.x, series)


def _native(
    table: pd.DataFrame, recipe: Recipe, categories: str, series: list[str]
) -> ExcelChart | None:
    if table.empty or not series:
        return None
    kind = _NATIVE[recipe.kind]
    return ExcelChart(table, kind, categories, series, title=recipe.title)  # type: ignore[arg-type]


def _measures(view: ResultView, recipe: Recipe) -> dict[str, How]:
    """The columns that are measured, and how their rows come together."""
    named = [*recipe.stages, recipe.value]
    named += [] if recipe.kind == "heatmap" else recipe.y
    found: dict[str, How] = {}
    for name in (name for name in named if name):
        if not view.column(name).is_number:
            raise UsageError(f"Column '{name}' holds no numbers, so it cannot be drawn.")
        rate: How = "avg" if looks_like_rate(name) and not recipe.stages else "sum"
        found[name] = recipe.agg or rate
    return found


def _with_names(view: ResultView, dimensions: Sequence[str]) -> list[str]:
    mapped = {column.name for column in view.columns if column.role == "MAPPED"}
    beside = [f"{name}_name" for name in dimensions if f"{name}_name" in mapped]
    return [*dimensions, *beside]
