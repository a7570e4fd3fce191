"""Time zones by their IANA name, and wall clock times turned into instants."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from amc.errors import WindowError

# Files of the zone database that mean another thing on each machine, or count leap seconds.
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_NOT_FOLDERS = ("posix/", "right/")


@lru_cache(maxsize=1024)
def load_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, such as `America/New_York`.

    Raises:
        WindowError: there is no such zone on this machine.
    """
    try:
        if name in _NOT_ZONES or name.startswith(_NOT_FOLDERS):
            raise ValueError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WindowError(
            f"'{name}' is not a time zone.",
            hint="Write an IANA name such as UTC, America/New_York or Europe/Berlin.",
        ) from None


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall clock time.

    A time that the clocks skip becomes the first one after the gap; of a time that comes twice
    the first is meant.
    """
    first, second = _offsets(local, zone)
    if first < second:
        return _gap_end(local, zone, first, second)
    return (local - first).replace(tzinfo=UTC)


def instants_of(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every UTC instant at which clocks show this wall time: none in a gap, two in a fold."""
    first, second = _offsets(local, zone)
    if first < second:
        return []
    offsets = [first] if first == second else [first, second]
    return [(local - offset).replace(tzinfo=UTC) for offset in offsets]


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The naive wall clock time of an instant."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def earliest_wall_after(instant: datetime, zone: ZoneInfo) -> datetime:
    """The earliest wall time that clocks still show at or after an instant.

    It is earlier than the wall time of the instant itself in the first pass of an hour that
    comes twice.
    """
    local = to_local(instant, zone)
    first, second = _offsets(local, zone)
    in_first_pass = first > second and instant.astimezone(zone).fold == 0
    return local - (first - second) if in_first_pass else local


def _offsets(local: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Offsets for fold 0 and 1: equal mostly, rising in a gap, falling in a fold (PEP 495)."""
    first = local.replace(tzinfo=zone, fold=0).utcoffset()
    second = local.replace(tzinfo=zone, fold=1).utcoffset()
    return first or timedelta(0), second or timedelta(0)


def _gap_end(local: datetime, zone: ZoneInfo, before: timedelta, after: timedelta) -> datetime:
    """The instant of the transition, to the second, by bisection over the gap's width."""
    low = (local - after).replace(tzinfo=UTC)  # still before the transition
    high = (local - before).replace(tzinfo=UTC)  # at or after it
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
