"""Cost from an attributed table."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.top_levels():
        for output in level.outputs:
            money = output.fact.money
            if money is None or "attributed_events" not in money.table or "budget" in money.column:
                continue
            yield Remark(
                output.node,
                f"{money.column} of {money.table} holds only what led to conversions: take "
                "cost from "
                "dsp_impressions or sponsored_ads_traffic.",
            )


RULE = Rule(
    code="attributed-cost",
    severity="warning",
    what="A cost comes from the attributed events.",
    why=(
        "They hold a row for each conversion, not for each impression or click: most of "
        "the cost is missing, some of it counts twice."
    ),
    wrong=(
        "SELECT campaign, SUM(supply_cost) / 100000000 AS cost FROM "
        "amazon_attributed_events_by_traffic_time GROUP BY 1"
    ),
    right=("SELECT campaign, SUM(supply_cost) / 100000000 AS cost FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
