"""EXTEND_TIME_WINDOW with other arguments than three texts."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    parse_duration,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for _, extended in context.analysis.extended:
        place = extended.node
        if len(extended.args) != 3:
            yield Remark(place, "EXTEND_TIME_WINDOW takes three texts: ('table', 'P28D', 'P0D').")
            continue
        name, *durations = extended.args
        if extended.table is None:
            edit = None
            if isinstance(name, exp.Column) and not name.table:
                edit = Edit(context.places.span(name), f"'{name.name}'")
            yield Remark(name, "The table's name is a text here: put it in quotes.", edit)
        for duration in durations:
            if not (isinstance(duration, exp.Literal) and duration.is_string):
                edit = None
                if isinstance(duration, exp.Literal) and str(duration.this).isdigit():
                    edit = Edit(context.places.span(duration), f"'P{duration.this}D'")
                elif isinstance(duration, exp.Column) and parse_duration(duration.name):
                    edit = Edit(context.places.span(duration), f"'{duration.name}'")
                yield Remark(duration, "Each extension is a text such as 'P28D'.", edit)


RULE = Rule(
    code="extend-time-window",
    severity="error",
    what="EXTEND_TIME_WINDOW is written wrongly.",
    why=(
        "It takes the table's name and two durations, all three as texts; nothing is "
        "calculated in it."
    ),
    wrong=(
        "SELECT campaign, SUM(clicks) AS n FROM TABLE(EXTEND_TIME_WINDOW(dsp_clicks, 28, "
        "'P0D')) GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(clicks) AS n FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', "
        "'P28D', 'P0D')) GROUP BY 1"
    ),
    look=_look,
)
