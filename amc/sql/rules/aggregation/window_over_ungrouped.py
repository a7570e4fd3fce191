"""A window over rows that GROUP BY has put together."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare, column_key, has_grouping_sets, plain


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        if not level.is_grouped or has_grouping_sets(level):
            continue
        keys = level.group_keys
        names = {column_key(k, level) for k in keys if isinstance(bare(k), exp.Column)}
        whole = {plain(context, k) for k in keys if not isinstance(bare(k), exp.Column)}
        grouped_windows = {id(k) for k in keys}
        for use in level.uses:
            if use.window is None or use.aggregate is not None or use.source not in level.sources:
                continue
            if id(use.window) in grouped_windows or column_key(use.node, level) in names:
                continue
            if any(plain(context, p) in whole for p in _around(use.node)):
                continue
            yield Remark(
                use.node,
                f"'{use.node.name}' is not grouped: a window over a grouped SELECT sees its groups "
                "only. Write SUM(…) inside the window, or use a CTE.",
            )


def _around(node: exp.Expr) -> Iterator[exp.Expr]:
    part: exp.Expr | None = node.parent
    while part is not None and not isinstance(part, exp.Query | exp.Window):
        yield part
        part = part.parent


RULE = Rule(
    code="window-over-ungrouped",
    severity="warning",
    what="A window function uses a column that is not grouped.",
    why="The window is computed after GROUP BY, when the single rows are gone.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY impressions DESC) "
        "AS place FROM dsp_impressions GROUP BY campaign"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY SUM(impressions) "
        "DESC) AS place FROM dsp_impressions GROUP BY campaign"
    ),
    look=_look,
)
