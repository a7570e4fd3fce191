"""A join of single events by their id."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import equalities

_IDS = frozenset({"request_tag", "impression_id", "event_id", "traffic_event_id"})


def _look(context: Context) -> Iterator[Remark]:
    for join in context.analysis.of(exp.Join):
        for left, right in equalities(join.args.get("on")):
            ours = context.analysis.uses.get(id(left))
            theirs = context.analysis.uses.get(id(right))
            if ours is None or theirs is None or ours.source is None or theirs.source is None:
                continue
            raw = ours.source.table is not None and theirs.source.table is not None
            if raw and left.name.lower() in _IDS and right.name.lower() in _IDS:
                yield Remark(
                    left.parent or left,
                    f"{left.name} repeats in rare rows: group each side by it first, or use "
                    "UNION ALL "
                    "with SUM in place of the join.",
                )


RULE = Rule(
    code="join-raw-key",
    severity="hint",
    what="Two event tables are joined by the id of the event.",
    why=("The ids have rare duplicates, and each of them counts twice after the join."),
    wrong=(
        "SELECT i.campaign, COUNT(DISTINCT c.user_id) AS users FROM dsp_impressions i "
        "JOIN dsp_clicks c ON i.request_tag = c.request_tag GROUP BY 1"
    ),
    right=(
        "WITH c AS (SELECT request_tag, SUM(clicks) AS clicks FROM dsp_clicks GROUP BY "
        "1) SELECT i.campaign, SUM(c.clicks) AS clicks FROM dsp_impressions i JOIN c ON "
        "i.request_tag = c.request_tag GROUP BY 1"
    ),
    look=_look,
)
