"""SELECT * in the result."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.top_levels():
        for item in level.node.expressions:
            if is_star(item):
                yield Remark(item, "AMC refuses SELECT *: name the columns.")


RULE = Rule(
    code="select-star",
    severity="error",
    what="SELECT * is refused.",
    why="Tables hold columns that may never be shown.",
    wrong="SELECT * FROM dsp_impressions",
    right=(
        "SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY campaign"
    ),
    look=_look,
)
