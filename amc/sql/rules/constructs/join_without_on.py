"""A JOIN that does not say what it joins by."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for join in context.analysis.of(exp.Join):
        if join.args.get("on") is not None or join.args.get("using"):
            continue
        if str(join.kind).upper() == "CROSS" or str(join.method).upper() == "NATURAL":
            continue
        if isinstance(join.this, exp.Lateral | exp.Unnest):
            continue
        start = context.places.span(join.this)[0]
        before = context.places.token_before(start)
        while before is not None and before.text == "(":
            before = context.places.token_before(before.start)
        if before is not None and before.upper == "JOIN":
            start, end = before.start, before.end
            while (before := context.places.token_before(start)) and before.upper in _KINDS:
                start = before.start
            yield Remark((start, end), "This JOIN has no ON: say what the rows are joined by.")


_KINDS = ("INNER", "LEFT", "RIGHT", "FULL", "OUTER")

RULE = Rule(
    code="join-without-on",
    severity="error",
    what="A JOIN has no ON.",
    why="Only CROSS JOIN stands without a condition.",
    wrong=(
        "SELECT i.campaign, COUNT(c.user_id) AS n FROM dsp_impressions i JOIN dsp_clicks "
        "c GROUP BY 1"
    ),
    right=(
        "SELECT i.campaign, COUNT(c.user_id) AS n FROM dsp_impressions i JOIN dsp_clicks "
        "c ON i.request_tag = c.request_tag GROUP BY 1"
    ),
    look=_look,
)
