"""An aggregate in WHERE or ON."""

from collections.abc import Iterator

from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        for node, clause, around in level.aggregates:
            if clause in ("where", "on") and around is None:
                word = clause.upper()
                yield Remark(
                    node, f"{call_name(node)} cannot stand in {word}: filter groups with HAVING."
                )


RULE = Rule(
    code="aggregate-in-where",
    severity="error",
    what="WHERE filters rows before they are aggregated.",
    why="AMC answers: Aggregate expression is illegal in WHERE clause.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "SUM(impressions) > 1000 GROUP BY campaign"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY campaign "
        "HAVING SUM(impressions) > 1000"
    ),
    look=_look,
)
