"""CONVERT_TIME_ZONE_FROM_UTC of a time that is local already."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    AmcFunction,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(AmcFunction):
        if node.name != "CONVERT_TIME_ZONE_FROM_UTC" or not node.expressions:
            continue
        argument = node.expressions[0]
        if context.analysis.fact(argument).zone == "local":
            edit = None
            if isinstance(argument, exp.Column):
                edit = Edit(context.places.span(argument.this), f"{argument.name}_utc")
            yield Remark(
                argument,
                f"{context.places.short(argument)} is in the advertiser's time zone already: "
                "convert the _utc column.",
                edit,
            )


RULE = Rule(
    code="convert-local-time",
    severity="warning",
    what="A local time is converted as if it were UTC.",
    why=(
        "Columns without _utc are in the advertiser's time zone; converting them shifts them twice."
    ),
    wrong=(
        "SELECT HOUR(CONVERT_TIME_ZONE_FROM_UTC(impression_dt, 'Europe/Berlin')) AS "
        "hour, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT HOUR(CONVERT_TIME_ZONE_FROM_UTC(impression_dt_utc, 'Europe/Berlin')) AS "
        "hour, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
