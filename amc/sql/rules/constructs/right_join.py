"""RIGHT JOIN."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import join_words


def _look(context: Context) -> Iterator[Remark]:
    for join in context.analysis.of(exp.Join):
        if str(join.side).upper() == "RIGHT":
            yield Remark(
                join_words(context, join, "RIGHT"),
                "AMC has no RIGHT JOIN: swap the two sides and write LEFT JOIN.",
            )


RULE = Rule(
    code="right-join",
    severity="error",
    what="RIGHT JOIN is not supported.",
    why="AMC documents it as unsupported.",
    wrong=(
        "SELECT c.campaign, COUNT(i.user_id) AS n FROM dsp_impressions i RIGHT JOIN "
        "dsp_clicks c ON i.request_tag = c.request_tag GROUP BY 1"
    ),
    right=(
        "SELECT c.campaign, COUNT(i.user_id) AS n FROM dsp_clicks c LEFT JOIN "
        "dsp_impressions i ON i.request_tag = c.request_tag GROUP BY 1"
    ),
    look=_look,
)
