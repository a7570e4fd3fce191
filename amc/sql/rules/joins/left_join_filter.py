"""A filter in WHERE that undoes a LEFT JOIN."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.analysis import Level
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare, conjuncts


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        optional = _optional(level)
        where = level.node.args.get("where")
        if not optional or where is None:
            continue
        for condition in conjuncts(where.this):
            if not isinstance(condition, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.In):
                continue
            use = context.analysis.uses.get(id(bare(condition.this)))
            if use is not None and use.source is not None and use.source.alias in optional:
                yield Remark(
                    condition,
                    f"'{use.source.alias}' is LEFT JOINed: this drops the rows without a "
                    "match. Put "
                    "the condition into ON to keep them.",
                )


def _optional(level: Level) -> set[str]:
    joins = level.node.args.get("joins") or []
    return {j.this.alias_or_name.lower() for j in joins if str(j.side).upper() == "LEFT"}


RULE = Rule(
    code="left-join-filter",
    severity="hint",
    what="WHERE filters the right side of a LEFT JOIN.",
    why="Rows without a match have NULL there and fall out, as with an INNER JOIN.",
    wrong=(
        "WITH c AS (SELECT user_id, SUM(clicks) AS clicks FROM dsp_clicks WHERE user_id "
        "IS NOT NULL GROUP BY 1) SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users "
        "FROM dsp_impressions i LEFT JOIN c ON i.user_id = c.user_id WHERE c.clicks > 1 "
        "GROUP BY 1"
    ),
    right=(
        "WITH c AS (SELECT user_id, SUM(clicks) AS clicks FROM dsp_clicks WHERE user_id "
        "IS NOT NULL GROUP BY 1) SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users "
        "FROM dsp_impressions i JOIN c ON i.user_id = c.user_id WHERE c.clicks > 1 GROUP "
        "BY 1"
    ),
    look=_look,
)
