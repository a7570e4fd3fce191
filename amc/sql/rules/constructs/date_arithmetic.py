"""Adding to a date or subtracting from it."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Add, exp.Sub):
        if isinstance(node.expression, exp.Interval) or isinstance(node.this, exp.Interval):
            continue
        left, right = context.analysis.fact(node.this), context.analysis.fact(node.expression)
        if left.type.is_time or right.type.is_time:
            yield Remark(
                node,
                "AMC does not calculate with dates: use SECONDS_BETWEEN(a, b), which gives "
                "seconds.",
            )


RULE = Rule(
    code="date-arithmetic",
    severity="error",
    what="A date or time is added to or subtracted from.",
    why=("AMC has no date arithmetic; the seconds between two times come from SECONDS_BETWEEN."),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_date_utc >= CURRENT_DATE - 7 GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "SECONDS_BETWEEN(impression_dt_utc, BUILT_IN_PARAMETER('TIME_WINDOW_END')) <= 60 "
        "* 60 * 24 * 7 GROUP BY 1"
    ),
    look=_look,
)
