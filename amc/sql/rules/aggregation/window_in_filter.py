"""A window function in WHERE or HAVING."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import window_aliases


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        for node, clause in level.windows:
            if clause in ("where", "having", "on"):
                yield Remark(
                    node,
                    f"A window result cannot be filtered in the same SELECT ({clause.upper()}): "
                    "make it in a CTE and filter it in the next SELECT.",
                )
        ranked = window_aliases(level)
        for use in level.uses if ranked else ():
            asked = use.clause in ("where", "having") and use.output is None
            if asked and not use.node.table and use.node.name.lower() in ranked:
                yield Remark(
                    use.node,
                    f"'{use.node.name}' is a window result: filter it in the next SELECT.",
                )


RULE = Rule(
    code="window-in-filter",
    severity="error",
    what="A window result is filtered in its own SELECT.",
    why=("Windows are computed after WHERE and HAVING; Amazon's guide says to wrap the query."),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY SUM(impressions) "
        "DESC) AS place FROM dsp_impressions GROUP BY campaign HAVING place <= 10"
    ),
    right=(
        "WITH t AS (SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY "
        "SUM(impressions) DESC) AS place FROM dsp_impressions GROUP BY campaign) SELECT "
        "campaign, n FROM t WHERE place <= 10"
    ),
    look=_look,
)
