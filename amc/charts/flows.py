"""Paths and overlaps: Sankey diagrams, combinations of sets, funnels, tables."""

from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from amc.charts.layout import empty, finish
from amc.charts.palette import FAINT, GRID, HIDDEN, INK, OTHER, colour_of, translucent
from amc.charts.recipe import Recipe
from amc.charts.shaping import OTHER_LABEL, gather, keep_top, numbers, texts
from amc.charts.text import HIDDEN_LABEL, escape_plotly, label_of
from amc.results.words import read_path, read_sets, readable

_MOST_STEPS = 7
_TABLE_ROWS = 500
_CELLS = 25_000


def sankey(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """Flows from step to step; the widths into the end add up to the whole."""
    values = numbers(frame, recipe.value)
    flows: dict[tuple[tuple[int, str], tuple[int, str]], float] = {}
    if recipe.path:
        paths = keep_top(texts(frame, recipe.path), values, recipe.top, fold=True)
        totals = gather(paths.to_frame("path"), values, "sum")
        for path, value in totals.items():
            _add_path(flows, str(path), value, recipe.end)
    else:
        keys = pd.DataFrame({"a": texts(frame, recipe.source), "b": texts(frame, recipe.target)})
        grouped = gather(keys, values, "sum").reset_index()
        for start, end, value in grouped.itertuples(index=False):
            _add(flows, (0, str(start)), (1, str(end)), float(value))
    if not flows:
        return empty(recipe)
    nodes = sorted({node for pair in flows for node in pair})
    places = {node: position for position, node in enumerate(nodes)}
    colours = _colours([name for _, name in nodes], recipe)
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            node={
                "label": [escape_plotly(_node_text(node, recipe)) for node in nodes],
                "color": [colours[name] for _, name in nodes],
                "pad": 14,
                "thickness": 16,
                "line": {"width": 0},
                "hovertemplate": "%{label}<br>%{value:,.4~f}<extra></extra>",
            },
            link={
                "source": [places[a] for a, _ in flows],
                "target": [places[b] for _, b in flows],
                "value": list(flows.values()),
                "color": [translucent(colours[a[1]], 0.38) for a, _ in flows],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{value:,.4~f}"
                "<extra></extra>",
            },
            textfont={"color": INK, "size": 12},
        )
    )
    widest = max(sum(1 for step, _ in nodes if step == s) for s, _ in nodes)
    return finish(figure, recipe, height=max(380, 160 + 44 * widest))


def _add_path(
    flows: dict[tuple[tuple[int, str], tuple[int, str]], float],
    path: str,
    value: float,
    end: str,
) -> None:
    known = path in (OTHER_LABEL, HIDDEN_LABEL)
    steps = [path] if known else [readable(step) for step in read_path(path)] or [path]
    if len(steps) > _MOST_STEPS:
        steps = [*steps[: _MOST_STEPS - 1], f"{len(steps) - _MOST_STEPS + 1} more steps"]
    nodes = [(position, name) for position, name in enumerate(steps, start=1)]
    nodes.append((_MOST_STEPS + 1, end))
    for start, following in pairwise(nodes):
        _add(flows, start, following, value)


def _add(
    flows: dict[tuple[tuple[int, str], tuple[int, str]], float],
    start: tuple[int, str],
    end: tuple[int, str],
    value: float,
) -> None:
    if pd.notna(value) and value > 0:
        flows[(start, end)] = flows.get((start, end), 0.0) + float(value)


def _node_text(node: tuple[int, str], recipe: Recipe) -> str:
    step, name = node
    return f"{step}. {name}" if recipe.path and step <= _MOST_STEPS else name


def _colours(names: list[str], recipe: Recipe) -> dict[str, str]:
    """One colour for each name, the same at every step."""
    plain = {OTHER_LABEL: OTHER, HIDDEN_LABEL: HIDDEN, recipe.end: "#5B6573"}
    others = [name for name in dict.fromkeys(names) if name not in plain]
    return plain | {name: colour_of(i) for i, name in enumerate(others)}


def overlap(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """Combinations of sets (UpSet): bars for each, dots for its members, sizes of the sets."""
    values = numbers(frame, recipe.value).fillna(0.0)
    if len(recipe.sets) > 1:
        combined = frame[list(recipe.sets)].apply(
            lambda row: " + ".join(str(n) for n in recipe.sets if row[n] is True or row[n] == 1),
            axis=1,
        )
        names = combined.replace("", "none of them")
    else:
        names = texts(frame, recipe.sets[0])
    if names.empty:
        return empty(recipe)
    members = {name: [readable(m) for m in read_sets(name)] for name in names.unique()}
    sizes: dict[str, float] = {}
    for name, value in zip(names, values, strict=True):
        for member in members[name]:
            sizes[member] = sizes.get(member, 0.0) + float(value)
    names = keep_top(names, values, recipe.top, fold=True)
    totals = gather(names.to_frame("name"), values, "sum").sort_values(
        ascending=False, kind="stable"
    )
    ordered = sorted(totals.index, key=lambda n: (n in (OTHER_LABEL, HIDDEN_LABEL), -totals[n]))
    rows = sorted(sizes, key=lambda member: -sizes[member])[: recipe.top]
    return _upset(recipe, ordered, totals, members | {OTHER_LABEL: []}, rows, sizes)


def _upset(
    recipe: Recipe,
    ordered: list[str],
    totals: pd.Series,
    members: dict[str, list[str]],
    rows: list[str],
    sizes: dict[str, float],
) -> go.Figure:
    shown = [escape_plotly(" + ".join(members.get(name, [])) or name) for name in ordered]
    places = list(range(len(ordered)))
    figure = make_subplots(
        rows=2, cols=2, shared_xaxes="columns", shared_yaxes="rows",
        column_widths=[0.8, 0.2], row_heights=[0.6, 0.4],
        horizontal_spacing=0.02, vertical_spacing=0.03,
    )  # fmt: skip
    figure.add_bar(
        x=places, y=[float(totals[name]) for name in ordered], marker={"color": colour_of(0)},
        customdata=shown, hovertemplate="%{customdata}<br>%{y:,.4~f}<extra></extra>",
        row=1, col=1,
    )  # fmt: skip
    figure.add_bar(
        x=[sizes[member] for member in rows], y=list(range(len(rows))), orientation="h",
        marker={"color": OTHER}, customdata=[escape_plotly(member) for member in rows],
        texttemplate="%{x:.3s}", textposition="outside", cliponaxis=False, textfont={"color": INK},
        hovertemplate="%{customdata}<br>%{x:,.4~f} in all<extra></extra>", row=2, col=2,
    )  # fmt: skip
    grid = [(x, y) for x in places for y in range(len(rows))]
    inside = [(x, y) for x, y in grid if rows[y] in members[ordered[x]]]
    for points, colour in ((grid, FAINT), (inside, INK)):
        figure.add_scatter(
            x=[x for x, _ in points], y=[y for _, y in points], mode="markers",
            marker={"size": 11, "color": colour}, hoverinfo="skip", row=2, col=1,
        )  # fmt: skip
    for x in places:
        own = [y for px, y in inside if px == x]
        if len(own) > 1:
            figure.add_scatter(
                x=[x, x], y=[min(own), max(own)], mode="lines", hoverinfo="skip",
                line={"color": INK, "width": 2}, row=2, col=1,
            )  # fmt: skip
    finish(figure, recipe, height=max(420, 330 + 26 * len(rows)))
    figure.update_layout(showlegend=False)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, col=1)
    # The sizes stand beside their bars, so the axis leaves room for them and needs no ticks.
    figure.update_xaxes(
        visible=False, range=[0, 1.6 * max(sizes.values(), default=1.0)], row=2, col=2
    )
    figure.update_xaxes(visible=False, row=1, col=2)
    figure.update_yaxes(visible=False, row=1, col=2)
    figure.update_yaxes(
        title_text=recipe.words(recipe.value), gridcolor=GRID, showticklabels=True, row=1, col=1,
        tickformat=recipe.number_format(recipe.value),
    )  # fmt: skip
    figure.update_yaxes(showticklabels=False, autorange="reversed", showgrid=False, row=2, col=2)
    figure.update_yaxes(
        tickmode="array", tickvals=list(range(len(rows))), automargin=True, autorange="reversed",
        ticktext=[escape_plotly(member, longest=28) for member in rows], showticklabels=True,
        showgrid=False, zeroline=False, row=2, col=1,
    )  # fmt: skip
    return figure


def funnel(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """Stages from wide to narrow: sums of columns, or one measure by stage."""
    if recipe.stages:
        names = [recipe.words(stage) for stage in recipe.stages]
        values = [float(numbers(frame, stage).sum()) for stage in recipe.stages]
    else:
        grouped = gather(texts(frame, recipe.x).to_frame("x"), numbers(frame, recipe.y[0]), "sum")
        names = [escape_plotly(str(name)) for name in grouped.index]
        values = [float(value) for value in grouped.fillna(0.0)]
    if not any(values):
        return empty(recipe)
    figure = go.Figure(
        go.Funnel(
            y=names,
            x=values,
            textinfo="value+percent initial",
            texttemplate="%{value:,.4~f} (%{percentInitial:.1%})",
            marker={"color": [colour_of(0)] * len(values)},
            connector={"fillcolor": FAINT, "line": {"width": 0}},
            hovertemplate="%{y}<br>%{x:,.4~f}<extra></extra>",
        )
    )
    return finish(figure, recipe, height=max(280, 110 + 64 * len(values)))


def table(frame: pd.DataFrame, recipe: Recipe) -> go.Figure:
    """The figures themselves, the first rows of them."""
    columns = list(recipe.columns) or list(frame.columns)
    most = max(1, min(_TABLE_ROWS, _CELLS // max(1, len(columns))))
    head = frame.head(most)
    cells, aligned = [], []
    for name in columns:
        is_number = pd.api.types.is_numeric_dtype(head[name])
        aligned.append("right" if is_number else "left")
        if is_number:
            cells.append(["" if pd.isna(v) else f"{v:,.10g}" for v in head[name]])
        else:
            cells.append([escape_plotly(label_of(value)) for value in head[name]])
    figure = go.Figure(
        go.Table(
            header={
                "values": [f"<b>{recipe.words(name)}</b>" for name in columns],
                "align": aligned,
                "fill": {"color": "#E8EEF4"},
                "font": {"color": INK},
            },
            cells={
                "values": cells,
                "align": aligned,
                "fill": {"color": "rgba(0,0,0,0)"},
                "font": {"color": INK},
                "height": 24,
            },
        )
    )
    note = f"The first {most:,} of {len(frame):,} rows." if len(frame) > most else ""
    return finish(figure, recipe, height=min(640, 150 + 24 * len(head)), note=note)
