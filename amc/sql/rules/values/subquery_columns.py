"""A subquery with several columns where one value is wanted."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        parent = level.node.parent
        holder = parent.parent if isinstance(parent, exp.Subquery) else None
        if isinstance(parent, exp.In):
            wanted = len(parent.this.expressions) if isinstance(parent.this, exp.Tuple) else 1
        elif isinstance(holder, exp.In):
            wanted = len(holder.this.expressions) if isinstance(holder.this, exp.Tuple) else 1
        elif isinstance(holder, exp.Binary | exp.Alias | exp.Func | exp.Select):
            wanted = 1
        else:
            continue
        if isinstance(holder, exp.Exists) or any(is_star(i) for i in level.node.expressions):
            continue
        if len(level.outputs) > wanted:
            yield Remark(
                level.node.expressions[wanted],
                f"This subquery gives {len(level.outputs)} columns; one value is wanted here.",
            )


RULE = Rule(
    code="subquery-columns",
    severity="error",
    what="A subquery gives more columns than one.",
    why="IN (SELECT …) and scalar subqueries take one column.",
    wrong=(
        "SELECT SUM(impressions) AS n FROM dsp_impressions WHERE campaign IN (SELECT "
        "campaign, SUM(clicks) AS m FROM dsp_clicks GROUP BY 1)"
    ),
    right=(
        "SELECT SUM(impressions) AS n FROM dsp_impressions WHERE campaign IN (SELECT "
        "campaign FROM dsp_clicks GROUP BY 1)"
    ),
    look=_look,
)
