"""A result of single events."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.analysis import Level
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    if context.audience:
        return
    for level in context.analysis.top_levels():
        if _single_events(level) and not _distinct_union(level.node):
            first = next((i for i in level.node.expressions if not is_star(i)), None)
            if first is not None:
                yield Remark(
                    context.places.keyword(first, "SELECT"),
                    "Nothing is aggregated: each row would be one event of one user, which AMC "
                    "leaves out. Add GROUP BY and a SUM or COUNT.",
                )


def _distinct_union(node: exp.Expr) -> bool:
    """Whether a UNION around it drops equal rows, as DISTINCT would."""
    parent = node.parent
    while isinstance(parent, exp.SetOperation | exp.Subquery):
        if isinstance(parent, exp.Union) and parent.args.get("distinct"):
            return True
        parent = parent.parent
    return False


def _single_events(level: Level | None) -> bool:
    """Whether rows of a fact table come through as they are."""
    if level is None or level.is_grouped or level.node.args.get("distinct") or level.windows:
        return False
    sources = level.sources
    if not sources or not all(s.known for s in sources):
        return False
    real = any(o.fact.real and o.threshold != "NONE" for o in level.outputs)
    return real and any(
        (s.table is not None and s.table.kind == "FACT" and "user_id" in s.table.columns)
        or (s.table is None and _single_events(s.level))
        for s in sources
    )


RULE = Rule(
    code="nothing-aggregated",
    severity="warning",
    what="The result has a row for each event.",
    why=(
        "AMC shows rows that enough users share; a row of a single event has one user "
        "and is left out."
    ),
    wrong="SELECT campaign, device_type, impressions FROM dsp_impressions",
    right=(
        "SELECT campaign, device_type, SUM(impressions) AS impressions FROM "
        "dsp_impressions GROUP BY 1, 2"
    ),
    look=_look,
)
