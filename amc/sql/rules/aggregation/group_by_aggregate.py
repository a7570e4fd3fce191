"""GROUP BY on an aggregate."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        group = level.node.args.get("group")
        if group is None:
            continue
        inside = {id(a) for a, _, _ in level.aggregates}
        for key in group.expressions:
            behind = level.behind(key)
            found = next((n for n in behind.walk() if id(n) in inside), None)
            if found is not None and not _in_window(found):
                yield Remark(
                    key,
                    f"{call_name(found)} cannot be grouped by: leave this item out of GROUP BY.",
                )


def _in_window(node: exp.Expr) -> bool:
    part = node.parent
    while part is not None and not isinstance(part, exp.Query):
        if isinstance(part, exp.Window):
            return True
        part = part.parent
    return False


RULE = Rule(
    code="group-by-aggregate",
    severity="error",
    what="GROUP BY names an aggregate.",
    why="AMC answers: Aggregate expression is illegal in GROUP BY clause.",
    wrong="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1, 2",
    right="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    look=_look,
)
