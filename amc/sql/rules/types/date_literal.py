"""DATE '…' and TIMESTAMP '…'."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Cast):
        if not (isinstance(node.this, exp.Literal) and node.this.is_string):
            continue
        start, end = context.places.span(node)
        first = context.places.token_at(start)
        if first is None or first.upper not in ("DATE", "TIMESTAMP", "TIME"):
            continue
        text = f"CAST('{node.this.this}' AS {first.upper})"
        yield Remark(
            (start, end),
            f"Write {text}: the short form is not documented.",
            Edit((start, end), text),
        )


RULE = Rule(
    code="date-literal",
    severity="warning",
    what="A date is written as DATE '…'.",
    why="Amazon's queries write CAST('2024-01-01' AS DATE) only.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_date_utc >= DATE '2024-01-01' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_date_utc >= CAST('2024-01-01' AS DATE) GROUP BY 1"
    ),
    look=_look,
)
