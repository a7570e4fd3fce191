"""A join by user_id without IS NOT NULL."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import equalities


def _look(context: Context) -> Iterator[Remark]:
    if any(context.analysis.fact(n.this).user for n in context.analysis.of(exp.Is)):
        return
    for join in context.analysis.of(exp.Join):
        for left, right in equalities(join.args.get("on")):
            if context.analysis.fact(left).user and context.analysis.fact(right).user:
                yield Remark(left.parent or left, _SAYS)
                return
    for level in context.analysis.levels:
        for join in level.node.args.get("joins") or []:
            for item in join.args.get("using") or []:
                sides = [c for s in level.sources if (c := s.column(item.name)) is not None]
                if sides and all(c.fact.user for c in sides):
                    yield Remark(item, _SAYS)
                    return


_SAYS = "user_id may be NULL: filter user_id IS NOT NULL on both sides."


RULE = Rule(
    code="user-id-null",
    severity="hint",
    what="Tables are joined by user_id without a filter on NULL.",
    why=(
        "Events of users that were not resolved have no user_id; they match nothing and "
        "only cost time, or stay as unmatched rows of a LEFT JOIN."
    ),
    wrong=(
        "WITH c AS (SELECT user_id, SUM(clicks) AS clicks FROM dsp_clicks GROUP BY 1) "
        "SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users FROM dsp_impressions i "
        "JOIN c ON i.user_id = c.user_id GROUP BY 1"
    ),
    right=(
        "WITH c AS (SELECT user_id, SUM(clicks) AS clicks FROM dsp_clicks WHERE user_id "
        "IS NOT NULL GROUP BY 1) SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users "
        "FROM dsp_impressions i JOIN c ON i.user_id = c.user_id GROUP BY 1"
    ),
    look=_look,
)
