"""A share outside 0 to 1."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    AmcAggregate,
    call_args,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(AmcAggregate):
        args = call_args(node)
        if node.name not in ("PERCENTILE", "APPROX_PERCENTILE") or len(args) != 2:
            continue
        share = context.analysis.fact(args[1]).constant
        if share is not None and not 0 <= share <= 1:
            edit = None
            if isinstance(args[1], exp.Literal) and 1 < share <= 100:
                edit = Edit(context.places.span(args[1]), f"{share / 100:g}")
            yield Remark(args[1], f"The share goes from 0 to 1; this is {share:g}.", edit)


RULE = Rule(
    code="percentile-range",
    severity="error",
    what="The share of a percentile is no number from 0 to 1.",
    why="The median is PERCENTILE(x, 0.5), not 50.",
    wrong=("SELECT campaign, PERCENTILE(impressions, 95) AS p95 FROM dsp_impressions GROUP BY 1"),
    right=("SELECT campaign, PERCENTILE(impressions, 0.95) AS p95 FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
