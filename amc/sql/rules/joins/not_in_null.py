"""NOT IN with a list that may hold NULL."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Not):
        inner = bare(node.this)
        query = inner.args.get("query") if isinstance(inner, exp.In) else None
        if query is None or not context.analysis.fact(query).user:
            continue
        select = query
        while isinstance(select, exp.Subquery):
            select = select.this
        held = [n for n in context.analysis.of(exp.Is) if context.analysis.fact(n.this).user]
        if not held:
            yield Remark(
                query,
                "If this list holds one NULL, NOT IN finds nothing: add WHERE user_id IS NOT NULL.",
            )


RULE = Rule(
    code="not-in-null",
    severity="hint",
    what="NOT IN (SELECT …) over a column that may be NULL.",
    why="x NOT IN (…, NULL) is never true, so that the result is empty.",
    wrong=(
        "SELECT campaign, COUNT(DISTINCT user_id) AS users FROM dsp_impressions WHERE "
        "user_id NOT IN (SELECT user_id FROM conversions) GROUP BY 1"
    ),
    right=(
        "SELECT campaign, COUNT(DISTINCT user_id) AS users FROM dsp_impressions WHERE "
        "user_id NOT IN (SELECT user_id FROM conversions WHERE user_id IS NOT NULL) "
        "GROUP BY 1"
    ),
    look=_look,
)
