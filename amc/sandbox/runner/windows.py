"""The window of an execution: what was asked in local time, and the UTC instants it means."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DATA_LAG = timedelta(hours=48)
_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z?")
WINDOW_TYPES = (
    "EXPLICIT", "MOST_RECENT_DAY", "MOST_RECENT_WEEK", "CURRENT_MONTH", "PREVIOUS_MONTH", "ALL",
)  # fmt: skip


class WindowRefusedError(ValueError):
    """The window cannot be; the text is what AMC answers."""


@dataclass(frozen=True)
class Window:
    """Half-open, in UTC, with the local words it came from."""

    start: datetime
    end: datetime
    zone: str
    start_text: str | None = None
    end_text: str | None = None

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether another window shares an instant with this one."""
        return self.start < end and start < self.end


def parse_local(text: str | None, name: str) -> datetime:
    """A time such as 2025-03-01T00:00:00 without zone; a `Z` at its end is taken off.

    Raises:
        WindowRefusedError: another form, or no such time.
    """
    refused = WindowRefusedError(
        f"Invalid {name} '{text}'. Required format is yyyy-MM-dd'T'HH:mm:ss."
    )
    if text is None:
        raise WindowRefusedError(f"Required field {name} is missing.")
    if not _FORM.fullmatch(text):
        raise refused
    try:
        return datetime.fromisoformat(text.removesuffix("Z").partition(".")[0])
    except ValueError:
        raise refused from None


def parse_zone(name: str) -> ZoneInfo:
    """An IANA zone.

    Raises:
        WindowRefusedError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WindowRefusedError(f"Invalid timeWindowTimeZone '{name}'.") from None


def resolve(kind: str, start: str | None, end: str | None, zone_name: str, now: datetime) -> Window:
    """The window that a request asks for.

    Relative days and weeks end at the last midnight of the zone before which data is complete
    (48 hours); the current month ends at the last full hour; ALL is 13 months to that hour.

    Raises:
        WindowRefusedError: it cannot be.
    """
    zone = parse_zone(zone_name)
    if kind == "EXPLICIT":
        first, last = parse_local(start, "timeWindowStart"), parse_local(end, "timeWindowEnd")
        if last <= first:
            raise WindowRefusedError("timeWindowEnd must be after timeWindowStart.")
        return Window(_utc(first, zone), _utc(last, zone), zone_name, start, end)
    local = now.astimezone(zone).replace(tzinfo=None)
    first, last = _relative(kind, local, (now - DATA_LAG).astimezone(zone).replace(tzinfo=None))
    return Window(_utc(first, zone), _utc(last, zone), zone_name)


def _relative(kind: str, local: datetime, complete: datetime) -> tuple[datetime, datetime]:
    midnight = complete.replace(hour=0, minute=0, second=0, microsecond=0)
    hour = local.replace(minute=0, second=0, microsecond=0)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if kind == "MOST_RECENT_DAY":
        return midnight - timedelta(days=1), midnight
    if kind == "MOST_RECENT_WEEK":
        return midnight - timedelta(days=7), midnight
    if kind == "CURRENT_MONTH":
        return month, max(hour, month + timedelta(hours=1))
    if kind == "PREVIOUS_MONTH":
        return (month - timedelta(days=1)).replace(day=1), month
    if kind == "ALL":
        return (month - timedelta(days=395)).replace(day=1), hour
    raise WindowRefusedError(f"Invalid timeWindowType '{kind}'.")


def _utc(local: datetime, zone: ZoneInfo) -> datetime:
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        raise WindowRefusedError(f"The time {local.isoformat()} is out of range.") from None
