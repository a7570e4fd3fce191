"""Windows of data time, half-open, and how mature the data in them is."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from amc.errors import WindowError
from amc.timing.months import add_months
from amc.timing.zones import load_zone, to_instant, to_local

COMPLETE_AFTER = timedelta(hours=48)
"""Data is complete this long after it happened."""
MEMORY_MONTHS = 13
"""Amazon Marketing Cloud keeps ad data this long."""

Maturity = Literal["incomplete", "provisional", "mature"]

_AMC_FORM = "%Y-%m-%dT%H:%M:%S"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?\Z")


class AmcWindow(NamedTuple):
    """A window in the texts that Amazon wants: no offset, the zone beside it."""

    start: str
    end: str
    zone: str


@dataclass(frozen=True, slots=True)
class Window:
    """The data time `[start, end)` on the clocks of a zone.

    Attributes:
        start: first wall clock time inside, naive.
        end: first wall clock time after it, naive.
        zone: IANA name.
    """

    start: datetime
    end: datetime
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse a window that cannot be.

        Raises:
            WindowError: the zone is unknown, or the end is not after the start.
        """
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise WindowError("A window is given in wall clock time, with its zone beside it.")
        if self.end <= self.start:
            raise WindowError(
                f"The window ends at {_text(self.end)}, which is not after its start at"
                f" {_text(self.start)}.",
                hint="The end is the first moment that no longer counts: for 1 to 30 September"
                " write 2026-09-01 and 2026-10-01.",
            )
        if self.end_at <= self.start_at:
            raise WindowError(f"In {self.zone} clocks skip the whole of this window.")

    @classmethod
    def parse(cls, start: str, end: str, zone: str = "UTC") -> "Window":
        """A window from texts such as `2026-09-01` or `2026-09-01T06:00:00`.

        Raises:
            WindowError: a text is no date, or the window cannot be.
        """
        return cls(parse_local(start), parse_local(end), zone)

    @property
    def start_at(self) -> datetime:
        """The start as a UTC instant."""
        return to_instant(self.start, load_zone(self.zone))

    @property
    def end_at(self) -> datetime:
        """The end as a UTC instant."""
        return to_instant(self.end, load_zone(self.zone))

    def to_amc(self) -> AmcWindow:
        """Start and end as `yyyy-MM-ddTHH:mm:ss`, and the zone."""
        return AmcWindow(self.start.strftime(_AMC_FORM), self.end.strftime(_AMC_FORM), self.zone)

    def as_dict(self) -> dict[str, str]:
        """`start`, `end` and `zone` as texts, for JSON and rows."""
        return self.to_amc()._asdict()

    def check(self, now: datetime, *, memory_months: int = MEMORY_MONTHS) -> None:
        """Refuse a window that AMC has no data for.

        Raises:
            WindowError: it reaches into the future, or further back than AMC remembers.
        """
        if self.end_at > now:
            clocks = _text(to_local(now, load_zone(self.zone)))
            raise WindowError(
                f"The window reaches into the future: it ends at {_text(self.end)}, and in"
                f" {self.zone} it is now {clocks}.",
                hint="Choose an earlier end; data is complete after 48 hours.",
            )
        oldest = add_months(to_local(now, load_zone(self.zone)).date(), -memory_months)
        if self.start.date() < oldest:
            raise WindowError(
                f"The window starts at {_text(self.start)}, but AMC remembers {memory_months}"
                f" months only.",
                hint=f"Start on {oldest.isoformat()} or later.",
            )

    def __str__(self) -> str:
        return f"{_text(self.start)} to {_text(self.end)} ({self.zone}, end not included)"


def parse_local(text: str) -> datetime:
    """A naive wall clock time from `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm[:ss]`.

    Raises:
        WindowError: the text is neither.
    """
    body = text.strip()
    if _DATE.match(body) or _TIME.match(body):
        try:
            return datetime.fromisoformat(body)
        except ValueError:
            raise WindowError(f"'{body}' is not a date of the calendar.") from None
    raise WindowError(
        f"'{body}' is not a date.",
        hint="Write 2026-09-01 or 2026-09-01T06:00:00; the zone is given apart.",
    )


def maturity(
    window: Window,
    now: datetime,
    attribution_days: int = 14,
    *,
    complete_after: timedelta = COMPLETE_AFTER,
) -> Maturity:
    """How far the data of a window can be trusted now.

    Args:
        window: the window of the result.
        now: an aware instant.
        attribution_days: 14 for attributed tables, 28 for all conversions.
        complete_after: until then events may still arrive.

    Returns:
        `incomplete` while events may still arrive, `provisional` while conversions may still be
        attributed to ads in the window, then `mature`.
    """
    if now < window.end_at + complete_after:
        return "incomplete"
    if now < window.end_at + max(timedelta(days=attribution_days), complete_after):
        return "provisional"
    return "mature"


def midnight(day: date) -> datetime:
    """The start of a day on the wall clock."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall time on purpose


def _text(local: datetime) -> str:
    return local.strftime("%Y-%m-%d" if local.time() == local.min.time() else "%Y-%m-%d %H:%M:%S")
