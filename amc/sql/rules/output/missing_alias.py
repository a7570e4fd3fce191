"""A computed output column without a name."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.top_levels():
        if _later_side(level.node):
            continue
        for item in level.node.expressions:
            inner = bare(item)
            if not isinstance(item, exp.Alias) and not isinstance(inner, exp.Column | exp.Star):
                yield Remark(item, "Give this column a name: … AS name.")


def _later_side(node: exp.Expr) -> bool:
    """Whether it is a later side of a UNION, whose names do not count."""
    child, parent = node, node.parent
    while parent is not None:
        if isinstance(parent, exp.SetOperation) and parent.expression is child:
            return True
        child, parent = parent, parent.parent
    return False


RULE = Rule(
    code="missing-alias",
    severity="hint",
    what="A computed column has no name.",
    why=(
        "AMC makes a name up, such as EXPR$1; charts and exports then change when the query does."
    ),
    wrong="SELECT campaign, SUM(impressions) FROM dsp_impressions GROUP BY 1",
    right=("SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
