"""A UTC time beside a local one."""

from collections.abc import Iterator

from amc.sql.nodes import (
    AmcFunction,
)
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import comparisons


def _look(context: Context) -> Iterator[Remark]:
    pairs = comparisons(context)
    calls = context.analysis.of(AmcFunction)
    pairs += [(n, list(n.expressions)) for n in calls if n.name == "SECONDS_BETWEEN"]
    for node, sides in pairs:
        zones = {context.analysis.fact(s).zone for s in sides}
        if {"utc", "local"} <= zones:
            yield Remark(
                node,
                "This mixes UTC with the advertiser's time zone: use the _utc columns on "
                "both sides.",
            )
    for _, left, right in context.analysis.unions:
        for ours, theirs in zip(left, right, strict=False):
            if {ours.fact.zone, theirs.fact.zone} == {"utc", "local"}:
                yield Remark(
                    theirs.node,
                    f"'{ours.name}' is in one time zone above and in another here: use _utc "
                    "in both.",
                )


RULE = Rule(
    code="mixed-zones",
    severity="warning",
    what="UTC and local times are mixed.",
    why=(
        "Columns without _utc are in the advertiser's time zone, so that the difference "
        "is off by hours."
    ),
    wrong=(
        "SELECT AVG(SECONDS_BETWEEN(traffic_event_dt, conversion_event_dt_utc)) AS s "
        "FROM amazon_attributed_events_by_traffic_time"
    ),
    right=(
        "SELECT AVG(SECONDS_BETWEEN(traffic_event_dt_utc, conversion_event_dt_utc)) AS s "
        "FROM amazon_attributed_events_by_traffic_time"
    ),
    look=_look,
)
