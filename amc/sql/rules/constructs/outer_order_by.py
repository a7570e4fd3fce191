"""ORDER BY of the whole query."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import top_query


def _look(context: Context) -> Iterator[Remark]:
    order = top_query(context.analysis.tree).args.get("order")
    if order is not None:
        yield Remark(
            context.places.keyword(order, "ORDER", whole=True),
            "ORDER BY has no effect here: AMC's result has no order. Sort the result instead.",
        )


RULE = Rule(
    code="outer-order-by",
    severity="warning",
    what="The outer ORDER BY does nothing.",
    why=(
        "AMC documents ORDER BY as unsupported outside OVER(); the rows of a result have no order."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY campaign "
        "ORDER BY n DESC"
    ),
    right=("SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY campaign"),
    look=_look,
)
