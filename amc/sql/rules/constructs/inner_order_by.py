"""ORDER BY of a CTE or subquery."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import top_query


def _look(context: Context) -> Iterator[Remark]:
    top = top_query(context.analysis.tree)
    for node in context.analysis.of(exp.Order):
        if isinstance(node.parent, exp.Query) and node.parent is not top:
            yield Remark(
                context.places.keyword(node, "ORDER", whole=True),
                "ORDER BY has no effect in a CTE or subquery.",
            )


RULE = Rule(
    code="inner-order-by",
    severity="hint",
    what="An ORDER BY inside does nothing.",
    why="AMC accepts it, but rows lose their order at the next step.",
    wrong=(
        "WITH t AS (SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY "
        "campaign ORDER BY n) SELECT campaign, n FROM t"
    ),
    right=(
        "WITH t AS (SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY "
        "campaign) SELECT campaign, n FROM t"
    ),
    look=_look,
)
