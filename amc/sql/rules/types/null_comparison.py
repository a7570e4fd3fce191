"""Comparing with NULL."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.EQ, exp.NEQ):
        if not isinstance(node.expression, exp.Null):
            continue
        word = "IS NULL" if isinstance(node, exp.EQ) else "IS NOT NULL"
        text = f"{context.places.source(node.this)} {word}"
        yield Remark(
            node,
            f"A comparison with NULL is never true: write {word}.",
            Edit(context.places.span(node), text),
        )


RULE = Rule(
    code="null-comparison",
    severity="warning",
    what="A value is compared with NULL by = or <>.",
    why="The comparison gives NULL, so that the filter drops every row.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id <> "
        "NULL GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id IS "
        "NOT NULL GROUP BY 1"
    ),
    look=_look,
)
