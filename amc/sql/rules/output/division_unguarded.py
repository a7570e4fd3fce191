"""A division whose divisor may be zero."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    call_args,
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Div):
        divisor = bare(node.expression)
        fact = context.analysis.fact(divisor)
        if fact.constant == 0:
            yield Remark(node, "This divides by zero.")
        elif fact.constant is None and fact.real and not _guarded(divisor):
            yield Remark(
                divisor, "When this is 0 the outcome is not documented: write NULLIF(x, 0)."
            )


def _guarded(node: exp.Expr) -> bool:
    if isinstance(node, exp.If | exp.Case | exp.Nullif):
        return True
    name = call_name(node) if isinstance(node, exp.Func) else ""
    if name in ("NULLIF", "GREATEST"):
        return True
    if name in ("ROUND", "CAST", "SUM", "FLOOR", "CEIL", "ABS"):
        return any(_guarded(bare(a)) for a in call_args(node)[:1])
    return False


RULE = Rule(
    code="division-unguarded",
    severity="hint",
    what="The divisor may be zero.",
    why=(
        "What AMC gives for a division by zero is not documented; NULLIF makes it empty "
        "for certain."
    ),
    wrong=(
        "SELECT campaign, SUM(clicks) / SUM(impressions) AS ctr FROM "
        "sponsored_ads_traffic GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(clicks) / NULLIF(SUM(impressions), 0) AS ctr FROM "
        "sponsored_ads_traffic GROUP BY 1"
    ),
    look=_look,
)
