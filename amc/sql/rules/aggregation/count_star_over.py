"""COUNT(*) OVER."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Window):
        inner = node.this
        if isinstance(inner, exp.Count) and isinstance(inner.this, exp.Star):
            yield Remark(node, "AMC refuses COUNT(*) OVER: count a column, COUNT(column) OVER (…).")


RULE = Rule(
    code="count-star-over",
    severity="error",
    what="COUNT(*) OVER is refused.",
    why="Reported by those who ran it; COUNT of a column works.",
    wrong=(
        "SELECT campaign, COUNT(*) OVER (PARTITION BY campaign) AS n FROM "
        "dsp_impressions GROUP BY campaign"
    ),
    right=(
        "SELECT campaign, COUNT(campaign) OVER (PARTITION BY campaign) AS n FROM "
        "dsp_impressions GROUP BY campaign"
    ),
    look=_look,
)
