"""A subquery that reads columns of the query around it."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        if not level.correlated or isinstance(level.node.parent, exp.Exists):
            continue
        outer = next((u for u in level.uses if u.source and u.source not in level.sources), None)
        parent = level.node.parent
        if parent is not None and isinstance(parent.parent, exp.Exists):
            continue
        if outer is not None:
            yield Remark(
                outer.node,
                f"'{outer.node.name}' belongs to the query around this subquery: join a CTE "
                "instead.",
            )


RULE = Rule(
    code="correlated-subquery",
    severity="warning",
    what="A subquery depends on the row of the query around it.",
    why=(
        "Such subqueries appear in none of Amazon's queries; a join with a grouped CTE "
        "does the same."
    ),
    wrong=(
        "SELECT i.campaign, SUM(i.impressions) AS n, (SELECT SUM(c.clicks) FROM "
        "dsp_clicks c WHERE c.campaign = i.campaign) AS clicks FROM dsp_impressions i "
        "GROUP BY i.campaign"
    ),
    right=(
        "WITH c AS (SELECT campaign, SUM(clicks) AS clicks FROM dsp_clicks GROUP BY "
        "campaign) SELECT i.campaign, SUM(i.impressions) AS n, MAX(c.clicks) AS clicks "
        "FROM dsp_impressions i LEFT JOIN c ON c.campaign = i.campaign GROUP BY "
        "i.campaign"
    ),
    look=_look,
)
