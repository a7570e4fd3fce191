"""Charts on two axes: bars, lines, dots, histograms, heat maps."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from amc.charts.layout import axis_title, empty, finish
from amc.charts.palette import HIDDEN, OTHER, SEQUENTIAL, colour_of
from amc.charts.recipe import Recipe
from amc.charts.shaping import (
    MOST_COLOURS,
    MOST_POINTS,
    OTHER_LABEL,
    gather,
    how,
    is_ordered,
    keep_top,
    numbers,
    order_key,
    texts,
    thin,
)
from amc.charts.text import HIDDEN_LABEL, escape_plotly

_LONG_LABEL = 14
_MOST_BINS = 40


@dataclass(frozen=True, slots=True)
class Series:
    """One trace: its name (not escaped), colour, and value by x label."""

    name: str
    colour: str
    values: pd.Series
    measure: str


def _series(frame: pd.DataFrame, recipe: Recipe) -> list[Series]:
    """A trace for each measure, or for each value of the colour column."""
    x = texts(frame, recipe.x)
    ordered = is_ordered(frame, recipe.x)
    first = recipe.y[0]
    top = MOST_POINTS if ordered else recipe.top
    x = keep_top(x, numbers(frame, first), top, fold=how(recipe, first) == "sum")
    kept = x.notna()
    frame, x = frame[kept], x[kept]
    if not recipe.color or recipe.color == recipe.x:
        return [
            Series(
                recipe.words(measure),
                colour_of(i),
                gather(x.to_frame("x"), numbers(frame, measure), how(recipe, measure)),
                measure,
            )
            for i, measure in enumerate(recipe.y)
        ]
    way = how(recipe, first)
    values = numbers(frame, first)
    colours = keep_top(texts(frame, recipe.color), values, MOST_COLOURS, fold=way == "sum")
    names = sorted(colours.dropna().unique(), key=order_key)
    found = []
    for position, name in enumerate(names):
        rows = colours == name
        own = {OTHER_LABEL: OTHER, HIDDEN_LABEL: HIDDEN}.get(name, colour_of(position))
        grouped = gather(x[rows].to_frame("x"), values[rows], way)
        found.append(Series(escape_plotly(name), own, grouped, first))
    return found


def _order(series: list[Series], *, ordered: bool) -> list[str]:
    labels = list(dict.fromkeys(label for one in series for label in one.values.index))
    if ordered:
        return sorted(labels, key=order_key)
    totals: dict[str, float] = dict.fromkeys(labels, 0.0)
    for one in series:
        for label, value in one.values.items():
            totals[str(label)] += 0.0 if pd.isna(value) else float(value)
    return sorted(labels, key=lambda label: (label in (OTHER_LABEL, HIDDEN_LABEL), -totals[label]))


def bar(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """Bars, beside or on top of each other; lying where labels are long."""
    series = _series(frame, recipe)
    ordered = is_ordered(frame, recipe.x)
    labels = _order(series, ordered=ordered)
    if not labels:
        return empty(recipe)
    lying = not ordered and max(map(len, labels)) > _LONG_LABEL
    shown = [escape_plotly(label) for label in labels]
    figure = go.Figure()
    places = list(range(len(labels)))  # positions, so that two equal labels stay two bars
    for one in series:
        values = [_none(one.values.get(label)) for label in labels]
        pattern = (
            f"%{{customdata}}<br>%{{{'x' if lying else 'y'}:{recipe.number_format(one.measure)}}}"
        )
        figure.add_bar(
            name=one.name,
            x=values if lying else places,
            y=places if lying else values,
            orientation="h" if lying else "v",
            marker={"color": one.colour},
            customdata=shown,
            hovertemplate=f"{pattern}<extra>%{{fullData.name}}</extra>",
        )
    height = max(320, 130 + 24 * len(labels)) if lying else 440
    finish(figure, recipe, height=height, note=_note(recipe, series))
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": shown, "showgrid": False}
    measured = recipe.words(series[0].measure) if len(recipe.y) == 1 else ""
    number = {"tickformat": recipe.number_format(series[0].measure)} | axis_title(measured)
    named = ticks | axis_title("" if lying else recipe.words(recipe.x))
    figure.update_xaxes(number if lying else named)
    figure.update_yaxes(named | {"autorange": "reversed"} if lying else number)
    stacked = recipe.kind == "stacked_bar"
    figure.update_layout(barmode="stack" if stacked else "group", showlegend=len(series) > 1)
    return figure


def line(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """Lines over dates, numbers or ordered steps."""
    series = _series(frame, recipe)
    labels = _order(series, ordered=True)
    if not labels:
        return empty(recipe)
    dated = pd.api.types.is_datetime64_any_dtype(frame[recipe.x])
    numeric = pd.api.types.is_numeric_dtype(frame[recipe.x])
    places = {label: position for position, label in enumerate(labels)}
    figure = go.Figure()
    for one in series:
        own = sorted(one.values.index, key=order_key)
        if dated or numeric:
            own = [label for label in own if label not in (OTHER_LABEL, HIDDEN_LABEL)]
        values = [_none(one.values[label]) for label in own]
        kept = thin(own, [np.nan if v is None else v for v in values])
        axis = own if dated else [float(v) for v in own] if numeric else [places[v] for v in own]
        figure.add_scatter(
            name=one.name,
            x=[axis[i] for i in kept],
            y=[values[i] for i in kept],
            customdata=[escape_plotly(own[i]) for i in kept],
            mode="lines+markers" if len(kept) <= 60 else "lines",
            line={"color": one.colour, "width": 2},
            hovertemplate=f"%{{customdata}}<br>%{{y:{recipe.number_format(one.measure)}}}"
            "<extra>%{fullData.name}</extra>",
        )
    finish(figure, recipe, note=_note(recipe, series))
    figure.update_xaxes(axis_title(recipe.words(recipe.x)))
    if dated:
        figure.update_xaxes(type="date")
    elif not numeric:
        shown = [escape_plotly(label) for label in labels]
        figure.update_xaxes(tickmode="array", tickvals=list(places.values()), ticktext=shown)
    measured = recipe.words(series[0].measure) if len(recipe.y) == 1 else ""
    figure.update_yaxes(axis_title(measured) | {"rangemode": "tozero"})
    figure.update_yaxes(tickformat=recipe.number_format(series[0].measure))
    figure.update_layout(showlegend=len(series) > 1)
    return figure


def scatter(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """Dots: two measures, a colour, a size, a name."""
    y = recipe.y[0]
    table = pd.DataFrame({"x": numbers(frame, recipe.x), "y": numbers(frame, y)})
    table["size"] = numbers(frame, recipe.size).clip(lower=0) if recipe.size else 1.0
    table["label"] = texts(frame, recipe.label) if recipe.label else ""
    table["color"] = texts(frame, recipe.color) if recipe.color else ""
    table = table.dropna(subset=["x", "y"])
    if table.empty:
        return empty(recipe)
    table["color"] = keep_top(table["color"], table["y"], MOST_COLOURS, fold=True)
    left_out = max(0, len(table) - MOST_POINTS)
    table = table.nlargest(MOST_POINTS, ["y", "x"])
    largest = float(table["size"].max()) or 1.0
    figure = go.Figure()
    for position, name in enumerate(sorted(table["color"].unique(), key=order_key)):
        rows = table[table["color"] == name]
        own = {OTHER_LABEL: OTHER, HIDDEN_LABEL: HIDDEN}.get(name, colour_of(position))
        sizes = 9 + 31 * np.sqrt(rows["size"].fillna(0.0) / largest) if recipe.size else 10
        figure.add_scatter(
            name=escape_plotly(name),
            x=rows["x"].tolist(),
            y=rows["y"].tolist(),
            mode="markers",
            marker={"color": own, "size": sizes, "opacity": 0.8, "line": {"width": 0}},
            customdata=[escape_plotly(text) for text in rows["label"]],
            hovertemplate=f"%{{customdata}}<br>{recipe.words(recipe.x)}: "
            f"%{{x:{recipe.number_format(recipe.x)}}}<br>{recipe.words(y)}: "
            f"%{{y:{recipe.number_format(y)}}}<extra>%{{fullData.name}}</extra>",
        )
    note = f"The {MOST_POINTS:,} largest of {len(table) + left_out:,} points." if left_out else ""
    finish(figure, recipe, note=note)
    figure.update_xaxes(
        axis_title(recipe.words(recipe.x)) | {"tickformat": recipe.number_format(recipe.x)}
    )
    figure.update_yaxes(axis_title(recipe.words(y)) | {"tickformat": recipe.number_format(y)})
    figure.update_layout(showlegend=bool(recipe.color))
    return figure


def histogram(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """How often values occur, weighted by a column if one is named."""
    values = numbers(frame, recipe.x)
    weights = numbers(frame, recipe.value) if recipe.value else pd.Series(1.0, index=frame.index)
    kept = values.notna() & weights.notna()
    if not kept.any():
        return empty(recipe)
    bins = min(_MOST_BINS, max(1, values[kept].nunique()))
    heights, edges = np.histogram(values[kept], bins=bins, weights=weights[kept])
    measured = recipe.words(recipe.value) if recipe.value else "Rows"
    figure = go.Figure()
    figure.add_bar(
        x=((edges[:-1] + edges[1:]) / 2).tolist(),
        y=heights.tolist(),
        width=np.diff(edges).tolist(),
        marker={"color": colour_of(0), "line": {"width": 1, "color": "white"}},
        customdata=np.column_stack([edges[:-1], edges[1:]]).tolist(),
        hovertemplate="%{customdata[0]:,.4~f} to %{customdata[1]:,.4~f}"
        "<br>%{y:,.4~f}<extra></extra>",
    )
    finish(figure, recipe)
    figure.update_xaxes(axis_title(recipe.words(recipe.x)))
    figure.update_yaxes(axis_title(measured))
    return figure


def heatmap(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """A measure by two dimensions."""
    values = numbers(frame, recipe.value)
    way = how(recipe, recipe.value)
    across = keep_top(texts(frame, recipe.x), values, recipe.top, fold=way == "sum")
    down = keep_top(texts(frame, recipe.y[0]), values, recipe.top, fold=way == "sum")
    kept = across.notna() & down.notna()
    if not kept.any():
        return empty(recipe)
    keys = pd.DataFrame({"down": down[kept], "across": across[kept]})
    table = gather(keys, values[kept], way).unstack("across")
    table = table.loc[sorted(table.index, key=order_key), sorted(table.columns, key=order_key)]
    figure = go.Figure(
        go.Heatmap(
            z=[[_none(v) for v in row] for row in table.to_numpy()],
            colorscale=[list(stop) for stop in SEQUENTIAL],
            hoverongaps=False,
            colorbar={"title": {"text": recipe.words(recipe.value)}},
            customdata=[
                [f"{escape_plotly(d)} · {escape_plotly(a)}" for a in table.columns]
                for d in table.index
            ],
            hovertemplate=f"%{{customdata}}<br>%{{z:{recipe.number_format(recipe.value)}}}"
            "<extra></extra>",
        )
    )
    finish(figure, recipe, height=max(320, 140 + 22 * len(table)))
    for axis, labels, name in (
        (figure.update_xaxes, table.columns, recipe.x),
        (figure.update_yaxes, table.index, recipe.y[0]),
    ):
        shown = [escape_plotly(label) for label in labels]
        axis(tickmode="array", tickvals=list(range(len(shown))), ticktext=shown)
        axis(axis_title(recipe.words(name)))
    figure.update_yaxes(autorange="reversed")
    return figure


def _none(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(value)  # type: ignore[arg-type, call-overload]


def _note(recipe: Recipe, series: list[Series]) -> str:
    if any(how(recipe, one.measure) == "mean" for one in series):
        return "Rows of one group are averaged, not weighted." if recipe.agg == "avg" else ""
    return ""
