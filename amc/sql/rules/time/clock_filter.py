"""A filter on today's date."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare, comparisons


def _look(context: Context) -> Iterator[Remark]:
    for node, sides in comparisons(context):
        columns = [
            s
            for s in sides
            if context.analysis.fact(s).type.is_time and context.analysis.fact(s).real
        ]
        for side in sides:
            if columns and _is_clock(bare(side)):
                yield Remark(
                    node,
                    "The run's window cuts the table already; a filter on today's date gives "
                    "another "
                    "result at each run. Use BUILT_IN_PARAMETER('TIME_WINDOW_END').",
                )


def _is_clock(node: exp.Expr) -> bool:
    """CURRENT_DATE, CAST('today' AS DATE) and their like."""
    if isinstance(node, exp.Cast):
        node = bare(node.this)
        if isinstance(node, exp.Literal):
            return node.is_string and str(node.this).lower() in ("today", "now")
    return isinstance(node, exp.CurrentDate | exp.CurrentTimestamp)


RULE = Rule(
    code="clock-filter",
    severity="hint",
    what="A time is compared with the clock of the run.",
    why="A report of an earlier window would change when it is run again.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_date_utc < CURRENT_DATE GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_dt_utc < BUILT_IN_PARAMETER('TIME_WINDOW_END') GROUP BY 1"
    ),
    look=_look,
)
