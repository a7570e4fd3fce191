"""When things happen: weeks as units of generation, hours and days as people live them, delays.

Everything is made in blocks of one week (Monday to Monday, UTC), numbered from 2018-01-01.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

EPOCH = datetime(2018, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
WEEK_US = 7 * DAY_US
_EPOCH_US = int(EPOCH.timestamp()) * 1_000_000

# The share of users whose events arrive within so many hours; after 47 hours all are there.
LAG_HOURS: tuple[int, ...] = (3, 4, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 30, 38, 47)
RETENTION = timedelta(days=397)

# Share of a day's events by local hour: shops follow the day, television the evening.
_HOURS: dict[str, tuple[int, ...]] = {
    "search": (12, 8, 6, 5, 5, 8, 16, 28, 38, 46, 52, 55, 58, 56, 54, 54, 56, 58, 62, 70, 76, 72,
               52, 28),
    "display": (16, 10, 7, 6, 7, 12, 24, 36, 42, 46, 50, 54, 56, 54, 52, 52, 54, 56, 58, 62, 66,
                64, 50, 30),
    "streaming_tv": (22, 12, 7, 5, 4, 5, 8, 12, 15, 18, 20, 24, 28, 28, 28, 30, 36, 48, 68, 92,
                     104, 96, 66, 38),
    "audio": (8, 5, 4, 4, 8, 22, 46, 62, 66, 58, 52, 50, 50, 48, 46, 48, 54, 58, 46, 34, 28, 22,
              16, 11),
}  # fmt: skip
_HOURS["online_video"] = _HOURS["display"]
_WEEKDAYS: dict[str, tuple[float, ...]] = {
    "search": (1.04, 1.02, 1.0, 0.98, 0.94, 0.96, 1.08),
    "display": (1.03, 1.03, 1.02, 1.0, 0.98, 0.95, 0.99),
    "streaming_tv": (0.94, 0.95, 0.96, 0.98, 1.04, 1.08, 1.1),
    "audio": (1.08, 1.08, 1.08, 1.06, 1.0, 0.82, 0.8),
}
_WEEKDAYS["online_video"] = _WEEKDAYS["display"]


def week_of(at: datetime) -> int:
    """The number of the week that holds an instant."""
    return (at - EPOCH) // WEEK


def week_start(week: int) -> datetime:
    """The first instant of a week."""
    return EPOCH + week * WEEK


def week_start_us(week: int) -> int:
    """The first instant of a week, in microseconds since 1970."""
    return _EPOCH_US + week * WEEK_US


@lru_cache(maxsize=4096)
def _day_factor(day: date) -> float:
    """How busy a day is, against an average one: Prime Day, November, the week of Christmas."""
    factor = 1.0 + 0.05 * np.sin(2 * np.pi * (day.timetuple().tm_yday - 200) / 365.25)
    if day.month == 7 and 8 <= day.day <= 14:
        factor *= 2.6 if day.day in (11, 12) else 1.25
    elif day.month == 11 and day.day >= 18:
        factor *= 2.3 if 24 <= day.day <= 30 else 1.5
    elif day.month == 12:
        factor *= 1.35 if day.day <= 17 else 0.75
    return float(factor)


def lookup(shares: npt.ArrayLike) -> Bytes:
    """A table that turns an even 16-bit number into a choice by these shares."""
    cdf = np.cumsum(np.asarray(shares, dtype=float))
    even = (np.arange(65_536) + 0.5) / 65_536
    found: Bytes = np.searchsorted(cdf / cdf[-1], even, side="right").astype(np.uint8)
    return found


@lru_cache(maxsize=4096)
def busy(week: int, media: str, zone: str) -> tuple[float, Bytes]:
    """How busy a week is (1.0 on average), and the `lookup` of its 168 hours in UTC."""
    start, tz = week_start(week), ZoneInfo(zone)
    hours, weekdays = np.array(_HOURS[media], dtype=float), _WEEKDAYS[media]
    shares = np.empty(168)
    for day in range(7):
        # The offset at noon does for the whole day: this is a shape, not a clock.
        offset = (start + timedelta(days=day, hours=12)).astimezone(tz).utcoffset()
        first = start + timedelta(days=day) + (offset or timedelta())
        for hour in range(24):
            local = first + timedelta(hours=hour)
            level = _day_factor(local.date()) * weekdays[local.weekday()]
            shares[day * 24 + hour] = hours[local.hour] / hours.mean() * level
    return float(shares.mean()), lookup(shares)


def sample_times(rng: np.random.Generator, week: int, hours: Bytes, n: int) -> Ints:
    """Instants of a week in microseconds (whole milliseconds), spread by the hours' shares."""
    hour = hours[rng.integers(0, 65_536, n, dtype=np.uint16)].astype(np.int64)
    within = rng.integers(0, 3_600_000, n, dtype=np.int32).astype(np.int64) * 1000
    return week_start_us(week) + hour * HOUR_US + within
