"""A duration that is none in ISO 8601."""

import re
from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    parse_duration,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule

_LOOSE = re.compile(r"\s*P?\s*T?\s*(\d+)\s*(?:D|DAYS?)?\s*", re.IGNORECASE)


def _look(context: Context) -> Iterator[Remark]:
    for _, extended in context.analysis.extended:
        for duration in extended.args[1:3]:
            if not (isinstance(duration, exp.Literal) and duration.is_string):
                continue
            text = str(duration.this)
            if parse_duration(text) is not None:
                continue
            found = _LOOSE.fullmatch(text)
            edit = Edit(context.places.span(duration), f"'P{found.group(1)}D'") if found else None
            yield Remark(
                duration,
                f"'{text}' is no duration of days or time: write 'P28D' for 28 days, 'PT6H' for 6 "
                "hours.",
                edit,
            )


RULE = Rule(
    code="extend-duration",
    severity="error",
    what="The duration cannot be read.",
    why=(
        "AMC takes ISO 8601 durations: P, the number, D for days; T before hours, "
        "minutes and seconds."
    ),
    wrong=(
        "SELECT campaign, SUM(clicks) AS n FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', "
        "'28D', 'P0D')) GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(clicks) AS n FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', "
        "'P28D', 'P0D')) GROUP BY 1"
    ),
    look=_look,
)
