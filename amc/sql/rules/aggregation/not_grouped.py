"""A column that is neither grouped nor aggregated."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.analysis import Level
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare, column_key, has_grouping_sets, plain


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        if not level.is_grouped or has_grouping_sets(level) or _misspelt(level):
            continue
        keys = level.group_keys
        names = {column_key(k, level) for k in keys if isinstance(bare(k), exp.Column)}
        whole = {plain(context, k) for k in keys if not isinstance(bare(k), exp.Column)}
        same = {id(k) for k in keys}
        for use in level.uses:
            if use.clause not in ("select", "having") or use.aggregate is not None:
                continue
            if use.window is not None or use.source is None or use.source not in level.sources:
                continue
            if use.clause == "having" and use.node.name.lower() in level.aliases:
                continue
            if column_key(use.node, level) in names or _inside(context, use.node, whole, same):
                continue
            yield Remark(
                use.node,
                f"'{use.node.name}' is neither in GROUP BY nor in an aggregate such as SUM or MAX.",
            )


def _misspelt(level: Level) -> bool:
    """Whether GROUP BY names a column that there is not: nobody knows then what it groups."""
    return any(use.clause == "group" and use.output is None and use.certain for use in level.uses)


def _inside(context: Context, node: exp.Expr, whole: set[str], same: set[int]) -> bool:
    """Whether a column is part of an expression that is grouped by."""
    part: exp.Expr | None = node
    while part is not None and not isinstance(part, exp.Query):
        if id(part) in same or (whole and plain(context, part) in whole):
            return True
        part = part.parent
    return False


RULE = Rule(
    code="not-grouped",
    severity="error",
    what="A column is neither grouped nor aggregated.",
    why="AMC answers: Expression '…' is not being grouped.",
    wrong=(
        "SELECT campaign, device_type, SUM(impressions) AS impressions FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT campaign, device_type, SUM(impressions) AS impressions FROM "
        "dsp_impressions GROUP BY 1, 2"
    ),
    look=_look,
)
