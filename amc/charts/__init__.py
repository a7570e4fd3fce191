"""Plotly figures from a result and its contract; no Streamlit, no network."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from amc.charts.axes import bar, heatmap, histogram, line, scatter
from amc.charts.flows import funnel, overlap, sankey, table
from amc.charts.layout import empty
from amc.charts.reading import chart_frame, native_chart
from amc.charts.recipe import Recipe
from amc.charts.suggesting import suggest
from amc.charts.text import escape_plotly

__all__ = [
    "CONFIG",
    "Recipe",
    "chart_frame",
    "escape_plotly",
    "figure",
    "native_chart",
    "suggest",
    "to_html",
]

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""Plotly's settings for showing a figure: nothing that talks to a server."""

_BUILDERS: dict[str, Callable[[pd.DataFrame, Recipe], go.Figure]] = {
    "bar": bar,
    "stacked_bar": bar,
    "line": line,
    "scatter": scatter,
    "histogram": histogram,
    "heatmap": heatmap,
    "sankey": sankey,
    "overlap": overlap,
    "funnel": funnel,
    "table": table,
}


def figure(frame: pd.DataFrame, recipe: Mapping[str, Any]) -> go.Figure:
    """Draw a result as a recipe says.

    Rows of one group are added up (rates are averaged); what is beyond the readable number of
    groups becomes one group *other*, so that the chart's total stays the table's. Values that are
    no finite numbers are left out. Every text from data is shown literally. Where a campaign id
    is drawn and its mapped name stands beside it, the name is shown.

    Args:
        frame: rows of a result, columns by name.
        recipe: see `amc.charts.recipe.Recipe`.

    Returns:
        A figure with at most 2,000 points a trace; one that says so when nothing can be drawn.

    Raises:
        UsageError: an unknown kind, a field is missing, or a column is not in the frame.
    """
    read = Recipe.read(recipe)
    read.check_columns(frame)
    if frame.empty:
        return empty(read)
    return _BUILDERS[read.kind](frame.reset_index(drop=True), read)


def to_html(drawn: go.Figure) -> str:
    """A figure as a piece of HTML with the whole of Plotly in it (4.8 MB): nothing is fetched."""
    return str(
        pio.to_html(
            drawn, include_plotlyjs=True, include_mathjax=False, full_html=False, config=CONFIG
        )
    )
