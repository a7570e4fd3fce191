"""A sum over a join of events by user."""

from collections.abc import Iterator

from amc.sql.analysis import Source
from amc.sql.nodes import call_name, is_distinct
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import join_keys

_ADDING = ("SUM", "AVG", "COUNT")


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        if len(level.sources) < 2 or not level.aggregates:
            continue
        keys = join_keys(context, level)
        many = [s for s in level.sources if _single_rows(s) and keys.get(id(s)) == {"user_id"}]
        if not many:
            continue
        for node, clause, _ in level.aggregates:
            if clause != "select" or call_name(node) not in _ADDING or is_distinct(node):
                continue
            used = [u.source for u in level.uses if u.aggregate is node and u.source is not None]
            other = next((s for s in many if used and all(u is not s for u in used)), None)
            if other is not None:
                yield Remark(
                    node,
                    f"Each row is repeated for every row of '{other.alias}' of the same user, "
                    "so that "
                    f"this {call_name(node)} counts too much: aggregate '{other.alias}' by "
                    "user_id in "
                    "a CTE first.",
                )


def _single_rows(source: Source) -> bool:
    """Whether a source has the rows of a fact table as they are: several for a user."""
    if source.table is not None:
        return source.table.kind == "FACT" and "user_id" in source.table.columns
    level = source.level
    if level is None or source.unique_on is not None or level.is_grouped or level.windows:
        return False
    plain_rows = not level.node.args.get("distinct") and len(level.sources) == 1
    return plain_rows and level.sources[0].table is not None and _single_rows(level.sources[0])


RULE = Rule(
    code="join-multiplies",
    severity="warning",
    what="A join by user_id repeats the rows that are added up.",
    why=(
        "A user with 3 impressions and 2 purchases makes 6 joined rows; sums and counts "
        "of either side are too large."
    ),
    wrong=(
        "SELECT i.campaign, SUM(i.impressions) AS impressions, SUM(c.total_units_sold) "
        "AS units FROM dsp_impressions i JOIN amazon_attributed_events_by_traffic_time c "
        "ON i.user_id = c.user_id GROUP BY 1"
    ),
    right=(
        "WITH i AS (SELECT user_id, campaign, SUM(impressions) AS impressions FROM "
        "dsp_impressions WHERE user_id IS NOT NULL GROUP BY 1, 2), c AS (SELECT user_id, "
        "SUM(total_units_sold) AS units FROM amazon_attributed_events_by_traffic_time "
        "GROUP BY 1) SELECT i.campaign, SUM(i.impressions) AS impressions, SUM(c.units) "
        "AS units FROM i JOIN c ON i.user_id = c.user_id GROUP BY 1"
    ),
    look=_look,
)
