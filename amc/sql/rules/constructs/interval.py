"""INTERVAL."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Interval):
        yield Remark(
            node,
            "AMC has no INTERVAL: the run's window cuts every table already; compare times with "
            "SECONDS_BETWEEN, or widen a table with EXTEND_TIME_WINDOW.",
        )


RULE = Rule(
    code="interval",
    severity="error",
    what="INTERVAL is not supported.",
    why="AMC answers: interval data types are not enabled.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_dt_utc > BUILT_IN_PARAMETER('TIME_WINDOW_END') - INTERVAL '7' DAY "
        "GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "SECONDS_BETWEEN(impression_dt_utc, BUILT_IN_PARAMETER('TIME_WINDOW_END')) <= 60 "
        "* 60 * 24 * 7 GROUP BY 1"
    ),
    look=_look,
)
