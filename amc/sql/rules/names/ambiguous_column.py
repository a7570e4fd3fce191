"""A column that several tables of a join have."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import shared_names


def _look(context: Context) -> Iterator[Remark]:
    for use in context.analysis.columns:
        sources = use.level.sources
        if use.node.table or len(sources) < 2 or use.source is None or use.clause == "using":
            continue
        name = use.node.name.lower()
        if use.clause in ("group", "having", "order") and name in use.level.aliases:
            continue
        holders = [s for s in sources if s.column(name) is not None]
        if len(holders) < 2 or name in shared_names(use.level):
            continue
        first, second = holders[0].alias or "one side", holders[1].alias or "the other"
        yield Remark(
            use.node,
            f"'{use.node.name}' is in both {first} and {second}: write {first}.{use.node.name}.",
        )


RULE = Rule(
    code="ambiguous-column",
    severity="error",
    what="The column stands in several of the joined tables.",
    why="AMC answers: Column '…' is ambiguous.",
    wrong=(
        "SELECT campaign, COUNT(DISTINCT i.user_id) AS users FROM dsp_impressions i JOIN "
        "dsp_clicks c ON i.request_tag = c.request_tag GROUP BY 1"
    ),
    right=(
        "SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users FROM dsp_impressions i "
        "JOIN dsp_clicks c ON i.request_tag = c.request_tag GROUP BY 1"
    ),
    look=_look,
)
