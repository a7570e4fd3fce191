"""Events of a by-segment table added up over all segments."""

from collections.abc import Iterator

from amc.sql.nodes import (
    call_name,
    is_distinct,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        sources = [s for s in level.sources if s.table is not None and _by_segment(s.table.name)]
        if not sources or not level.aggregates:
            continue
        if any("segment" in u.node.name.lower() for u in level.uses if u.aggregate is None):
            continue
        for node, clause, _ in level.aggregates:
            used = [u for u in level.uses if u.aggregate is node]
            metric = call_name(node) in ("SUM", "COUNT") and not is_distinct(node)
            totals = clause == "select" and metric and used and used[0].source in sources
            if totals and not any("segment" in u.node.name.lower() for u in used):
                yield Remark(
                    node,
                    "This table repeats each impression for every segment of the user: group by "
                    "the segment, or use dsp_impressions for totals.",
                )
                break


def _by_segment(name: str) -> bool:
    return "_by_user_segments" in name or "_by_matched_segments" in name


RULE = Rule(
    code="segment-repeats",
    severity="hint",
    what="Impressions of a by-segment table are added up over the segments.",
    why=(
        "One impression has a row for each of the user's segments, so that totals are "
        "many times too large."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions_by_user_segments GROUP BY 1"
    ),
    right="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    look=_look,
)
