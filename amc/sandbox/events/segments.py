"""Audience segments: which there are, and which users belong to them.

A user belongs to three at any time, one of each forty: a way of life (1-40), something looked
for lately (41-80) and something looked for before (81-120).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from amc.sandbox.events.people import LIFE_WEEKS
from amc.sandbox.events.plan import Plan, read_data

LIFESTYLE = "[({scrambled} >> 6) % 40 + 1]"
IN_MARKET = "[({scrambled} >> 13) % 40 + 41, ({scrambled} >> 20) % 40 + 81]"
SEGMENTS = f"list_concat({LIFESTYLE}, {IN_MARKET})"
"""The segments of the user of a row, in DuckDB."""


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[str, str, str], ...]:
    """(level 1, level 2, name) of every segment, from number 1."""
    data = read_data("segments")
    found = [("Lifestyle", "Interests", f"LS - {name}") for name in data["lifestyle"]]
    for recency in ("Past 30 days", "Past 60 days", "Past 90 days", "Past 180 days"):
        found += [("In-market", recency, f"IM - {name} ({recency})") for name in data["inmarket"]]
    return tuple(found)


def segment_rows(plan: Plan) -> Iterator[dict[str, Any]]:
    """Segments as rows of a dimension table."""
    for at, (first, second, name) in enumerate(_names(), 1):
        text = f"Shoppers of the segment {name}"
        yield {
            "i": at,
            "segment_id": at,
            "segment_name": name,
            "segment_description": text,
            "segment_marketplace_id": plan.instance.market.number,
            "category_level_1": first,
            "category_level_2": second,
            "category_path": f"{first} > {second} > {name}",
            "behavior_segment_name": name,
            "behavior_segment_description": text,
        }


def members(plan: Plan, week: int, segments: str, extra: str = "") -> str:
    """A SELECT of user and segment (`seg`) for everybody of an instance in a week."""
    count = plan.population
    people = (
        f"(SELECT CAST(r + {count} * (({week} + (r * 7919) % {LIFE_WEEKS}) // {LIFE_WEEKS}) "  # noqa: S608
        f'AS UINTEGER) AS "user"{extra} FROM range({count}) AS people(r)) f'
    )
    return f"SELECT f.*, unnest({segments}) AS seg FROM {people}"  # noqa: S608


def snapshot_days(start: datetime, end: datetime) -> list[datetime]:
    """First Thursdays of months in a window (UTC), the days on which membership is recorded."""
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while day < end:
        if day.weekday() == 3 and day.day <= 7 and day >= start:
            found.append(day)
        day += timedelta(days=1)
    return found
