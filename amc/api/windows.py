"""Time windows as Amazon takes them: local times without offset, the zone beside them."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from amc.errors import WindowError

_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
RELATIVE_WINDOWS = frozenset(
    {"MOST_RECENT_DAY", "MOST_RECENT_WEEK", "CURRENT_MONTH", "PREVIOUS_MONTH", "ALL"}
)


def window_text(value: str | datetime, zone: str) -> str:
    """An end of a window as Amazon wants it: `yyyy-MM-ddTHH:mm:ss`, no `Z`, no offset.

    Args:
        value: such a text (a final `Z` is dropped where the zone is UTC), or an instant, which is
            shown in the zone.
        zone: IANA name.

    Raises:
        WindowError: the text has another form, or names no moment.
    """
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(_zone(zone))
        return value.strftime("%Y-%m-%dT%H:%M:%S")
    text = value[:-1] if value.endswith("Z") and zone in ("UTC", "Etc/UTC") else value
    if not _LOCAL.fullmatch(text):
        raise WindowError(f"'{value}' is no window time: write it as 2026-03-01T00:00:00.")
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise WindowError(f"'{value}' is no moment of the calendar.") from None
    return text


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WindowError(f"There is no time zone '{name}'.") from None


def window_body(
    start: str | datetime | None, end: str | datetime | None, zone: str, window_type: str | None
) -> dict[str, str]:
    """The window fields of an execution.

    Without `window_type` the window is explicit. Amazon's own default is the most recent day,
    and it ignores start and end then; so the type is always sent.

    Raises:
        WindowError: start and end do not fit the type, or the end is not after the start.
    """
    if window_type is not None:
        if window_type not in RELATIVE_WINDOWS or start is not None or end is not None:
            raise WindowError(f"A window of type {window_type} has no start and end of its own.")
        return {"timeWindowType": window_type}
    if start is None or end is None:
        raise WindowError("A window needs a start and an end.")
    _zone(zone)
    first, last = window_text(start, zone), window_text(end, zone)
    if last <= first:
        raise WindowError(f"The window ends ({last}) before it starts ({first}).")
    return {
        "timeWindowType": "EXPLICIT",
        "timeWindowStart": first,
        "timeWindowEnd": last,
        "timeWindowTimeZone": zone,
    }
