"""* in a CTE or subquery."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        if level.is_top or isinstance(level.node.parent, exp.Exists):
            continue
        if any(isinstance(s.node, exp.Values) for s in level.sources):
            continue
        for item in level.node.expressions:
            if is_star(item):
                yield Remark(item, "AMC may refuse * here too: name the columns.")


RULE = Rule(
    code="inner-star",
    severity="warning",
    what="* inside a CTE may be refused.",
    why="Amazon documents SELECT * as unsupported; over CTEs it was never seen.",
    wrong=(
        "WITH t AS (SELECT * FROM dsp_impressions) SELECT campaign, SUM(impressions) AS "
        "n FROM t GROUP BY 1"
    ),
    right=(
        "WITH t AS (SELECT campaign, impressions FROM dsp_impressions) SELECT campaign, "
        "SUM(impressions) AS n FROM t GROUP BY 1"
    ),
    look=_look,
)
