"""What all charts share: margins, fonts, axes, hover."""

from typing import Any

import plotly.graph_objects as go

from amc.charts.palette import CATEGORICAL, GRID, INK
from amc.charts.recipe import Recipe
from amc.charts.text import escape_plotly

_AXIS = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GRID, "automargin": True}
_NOTHING = "Nothing to draw: the result has no rows for this chart."


def finish(figure: go.Figure, recipe: Recipe, *, height: int = 440, note: str = "") -> go.Figure:
    """Give a figure the common look; `note` stands small below the title."""
    title = escape_plotly(recipe.title, longest=120)
    if note:
        title += f"<br><sup>{escape_plotly(note, longest=200)}</sup>"
    figure.update_layout(
        title={"text": title, "x": 0.0, "xanchor": "left", "font": {"size": 16}},
        colorway=list(CATEGORICAL),
        font={"color": INK, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 16, "r": 16, "t": 72 if title else 24, "b": 24},
        height=height,
        hoverlabel={"align": "left", "namelength": -1},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 1.0, "xanchor": "right"},
        template="none",
        # Category names that look like numbers or dates stay names.
        xaxis={"autotypenumbers": "strict"} | _AXIS,
        yaxis={"autotypenumbers": "strict"} | _AXIS,
    )
    return figure


def empty(recipe: Recipe) -> go.Figure:
    """A figure that says that there is nothing to draw."""
    figure = go.Figure()
    figure.add_annotation(text=_NOTHING, showarrow=False, font={"size": 14, "color": INK})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return finish(figure, recipe, height=220)


def axis_title(text: str) -> dict[str, Any]:
    """An axis title from text that is escaped already."""
    return {"title": {"text": text}}
