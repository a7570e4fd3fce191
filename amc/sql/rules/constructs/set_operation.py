"""INTERSECT and EXCEPT."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Intersect, exp.Except):
        word = node.key.upper()
        right = context.places.span(node.right)[0]
        before = context.places.token_before(right)
        while before is not None and before.upper not in (word, "MINUS"):
            before = context.places.token_before(before.start)
        place = (before.start, before.end) if before is not None else node
        yield Remark(place, f"AMC has no {word}: use IN (SELECT …), NOT IN (SELECT …) or a join.")


RULE = Rule(
    code="set-operation",
    severity="error",
    what="INTERSECT and EXCEPT are not supported.",
    why="AMC knows UNION only.",
    wrong=(
        "SELECT campaign FROM dsp_impressions GROUP BY campaign EXCEPT SELECT campaign "
        "FROM dsp_clicks GROUP BY campaign"
    ),
    right=(
        "SELECT campaign FROM dsp_impressions WHERE campaign NOT IN (SELECT campaign "
        "FROM dsp_clicks GROUP BY campaign) GROUP BY campaign"
    ),
    look=_look,
)
