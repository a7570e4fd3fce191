"""GROUP BY on a name that is an alias and a column."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        for use in level.uses:
            name = use.node.name.lower()
            behind = level.aliases.get(name)
            if use.clause != "group" or use.node.table or use.output is None or behind is None:
                continue
            if use.node.parent is not level.node.args.get("group"):
                continue
            inner = bare(behind)
            if isinstance(inner, exp.Column) and inner.name.lower() == name:
                continue
            if any(a is inner or _has(inner, a) for a, _, _ in level.aggregates):
                continue
            yield Remark(
                use.node,
                f"'{use.node.name}' is an alias and a column of the table; which one AMC "
                "takes is not "
                "documented. Write the ordinal, or another alias.",
            )


def _has(around: exp.Expr, node: exp.Expr) -> bool:
    part: exp.Expr | None = node
    while part is not None and not isinstance(part, exp.Query):
        if part is around:
            return True
        part = part.parent
    return False


RULE = Rule(
    code="group-alias-ambiguous",
    severity="warning",
    what="GROUP BY names both an alias and a column.",
    why="Which of the two wins is not documented.",
    wrong=(
        "SELECT LOWER(campaign) AS campaign, SUM(impressions) AS n FROM dsp_impressions "
        "GROUP BY campaign"
    ),
    right=(
        "SELECT LOWER(campaign) AS campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
