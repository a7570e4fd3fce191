"""A time zone that does not exist."""

from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

from sqlglot import exp

from amc.sql.nodes import (
    AmcFunction,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule, meant, near

_SHORT = {"UTC", "GMT"}


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(AmcFunction):
        if node.name != "CONVERT_TIME_ZONE_FROM_UTC" or len(node.expressions) != 2:
            continue
        zone = node.expressions[1]
        if not (isinstance(zone, exp.Literal) and zone.is_string) or zone.this in _SHORT:
            continue
        if zone.this not in _zones():
            found = near(str(zone.this), _zones_lowered())
            named = _zones_lowered()[found] if found else None
            edit = Edit(context.places.span(zone), f"'{named}'") if named else None
            yield Remark(zone, f"There is no time zone '{zone.this}'.{meant(named)}", edit)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _zones_lowered() -> dict[str, str]:
    return {z.lower(): z for z in _zones()}


RULE = Rule(
    code="zone-name",
    severity="error",
    what="The time zone does not exist.",
    why="Zones are named Area/City, with capitals, as in the IANA list.",
    wrong=(
        "SELECT HOUR(CONVERT_TIME_ZONE_FROM_UTC(impression_dt_utc, 'America/NewYork')) "
        "AS hour, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT HOUR(CONVERT_TIME_ZONE_FROM_UTC(impression_dt_utc, 'America/New_York')) "
        "AS hour, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
