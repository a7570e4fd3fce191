"""An aggregate of an aggregate."""

from collections.abc import Iterator

from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        outer = {id(around): around for _, _, around in level.aggregates if around is not None}
        for around in outer.values():
            yield Remark(
                around, f"{call_name(around)} of an aggregate: make the inner one in a CTE."
            )


RULE = Rule(
    code="nested-aggregate",
    severity="error",
    what="An aggregate of an aggregate.",
    why="One SELECT aggregates once.",
    wrong=("SELECT MAX(SUM(impressions)) AS most FROM dsp_impressions GROUP BY campaign"),
    right=(
        "WITH s AS (SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY "
        "1) SELECT MAX(n) AS most FROM s"
    ),
    look=_look,
)
