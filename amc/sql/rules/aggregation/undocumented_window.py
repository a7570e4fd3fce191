"""LAG, LEAD, FIRST_VALUE, LAST_VALUE and frames."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule

_NAMES = frozenset({"LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "PERCENT_RANK", "CUME_DIST"})


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Window):
        inner = node.this
        while isinstance(inner, exp.IgnoreNulls | exp.RespectNulls):
            inner = inner.this
        if isinstance(inner, exp.Func) and call_name(inner) in _NAMES:
            yield Remark(node, f"AMC documents no {call_name(inner)}; it may be refused.")
        elif node.args.get("spec") is not None:
            yield Remark(node, "AMC documents no ROWS or RANGE in a window; it may be refused.")


RULE = Rule(
    code="undocumented-window",
    severity="warning",
    what="The window function is not documented.",
    why=(
        "Amazon's queries use ROW_NUMBER, RANK, DENSE_RANK and aggregates OVER, all without frames."
    ),
    wrong=(
        "WITH t AS (SELECT user_id, campaign, LAG(campaign) OVER (PARTITION BY user_id "
        "ORDER BY impression_dt_utc) AS before FROM dsp_impressions) SELECT campaign, "
        "before, COUNT(DISTINCT user_id) AS users FROM t GROUP BY 1, 2"
    ),
    right=(
        "WITH t AS (SELECT user_id, campaign, ROW_NUMBER() OVER (PARTITION BY user_id "
        "ORDER BY impression_dt_utc) AS n FROM dsp_impressions) SELECT campaign, n, "
        "COUNT(DISTINCT user_id) AS users FROM t GROUP BY 1, 2"
    ),
    look=_look,
)
