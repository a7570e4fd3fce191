"""Window rules: which data a run is about, relative to its slot."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from amc.errors import WindowError
from amc.timing.cron import Cron, nominal_time
from amc.timing.interval import (
    COMPLETE_AFTER,
    AmcWindow,
    Maturity,
    Window,
    maturity,
    midnight,
    parse_local,
)
from amc.timing.months import add_months, quarter_start
from amc.timing.zones import load_zone, to_local

__all__ = [
    "COMPLETE_AFTER",
    "AmcWindow",
    "Maturity",
    "Window",
    "WindowRule",
    "maturity",
    "parse_local",
    "slot_window",
]

Kind = Literal["days", "weeks", "months", "quarter", "month-to-date", "fixed"]

# The longest of each that still lies inside AMC's 13 months when the offset is 48 hours.
_MOST = {"days": 390, "weeks": 55, "months": 12}

_LAST = re.compile(r"last-([0-9]{1,3})-(days?|weeks?|months?)\Z")
_FIXED = re.compile(r"fixed(?::\s*|\(\s*)([^/,()]+?)\s*[/,]\s*([^/,()]+?)\s*\)?\Z")
_WORDS: dict[str, tuple[Kind, int]] = {
    "yesterday": ("days", 1),
    "previous-week": ("weeks", 1),
    "previous-month": ("months", 1),
    "previous-quarter": ("quarter", 1),
    "month-to-date": ("month-to-date", 0),
}
_HINT = (
    "Known rules: last-7-days, last-4-weeks, previous-week, last-3-months, previous-month,"
    " previous-quarter, month-to-date, fixed:2026-09-01/2026-10-01."
)


@dataclass(frozen=True, slots=True)
class WindowRule:
    """How a window follows from a moment.

    Let r be the moment on the zone's clocks, less the offset. Days end at the last midnight at or
    before r, weeks at the last Monday's, months and quarters at the last start of one; month to
    date runs from the first of r's month to the last midnight. A fixed rule names its window.
    """

    kind: Kind
    count: int = 0
    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> "WindowRule":
        """Read a rule such as `last-7-days` or `fixed:2026-09-01/2026-10-01`.

        Raises:
            WindowError: there is no such rule, or it reaches back too far.
        """
        body = text.strip().lower().replace("_", "-")
        if body in _WORDS:
            return cls(*_WORDS[body])
        if match := _LAST.match(body):
            return cls._last(int(match[1]), match[2].rstrip("s"), body)
        if match := _FIXED.match(text.strip()):
            start, end = parse_local(match[1]), parse_local(match[2])
            Window(start, end)  # refuses an end that is not after the start
            return cls("fixed", 0, start, end)
        raise WindowError(f"'{text.strip()}' is not a window rule.", hint=_HINT)

    @classmethod
    def _last(cls, count: int, unit: str, text: str) -> "WindowRule":
        kinds: dict[str, Kind] = {"day": "days", "week": "weeks", "month": "months"}
        kind = kinds[unit]
        if not 1 <= count <= _MOST[kind]:
            raise WindowError(
                f"'{text}' cannot be: a window of {kind} holds from 1 to {_MOST[kind]}.",
                hint="AMC remembers 13 months.",
            )
        return cls(kind, count)

    @property
    def text(self) -> str:
        """The rule as `parse` reads it."""
        if self.kind == "fixed" and self.start and self.end:
            return f"fixed:{_short(self.start)}/{_short(self.end)}"
        if self.kind == "quarter":
            return "previous-quarter"
        if self.kind == "month-to-date":
            return self.kind
        return f"last-{self.count}-{self.kind}"

    def __str__(self) -> str:
        return self.text

    def describe(self) -> str:
        """The rule in plain words."""
        if self.kind == "fixed" and self.start and self.end:
            return f"from {_short(self.start)} until {_short(self.end)}, end not included"
        words = {
            "days": "the last day" if self.count == 1 else f"the last {self.count} days",
            "weeks": "the previous week, Monday to Sunday"
            if self.count == 1
            else f"the last {self.count} whole weeks, Monday to Sunday",
            "months": "the previous calendar month"
            if self.count == 1
            else f"the last {self.count} whole calendar months",
            "quarter": "the previous calendar quarter",
            "month-to-date": "from the first of the month to the last midnight",
        }
        return words[self.kind]

    def window(
        self,
        at: datetime,
        zone: str,
        offset: timedelta = COMPLETE_AFTER,
        *,
        nominal: datetime | None = None,
    ) -> Window:
        """The window of a moment.

        The offset is taken off the wall clock, so that a slot at 08:00 means the same days before
        and after a clock change, and consecutive slots neither overlap nor leave a gap.

        Args:
            at: the slot, or now; an aware instant.
            zone: IANA name of the schedule's zone.
            offset: how long data takes to be complete.
            nominal: the naive wall time that the slot stands for (`cron.nominal_time`), where it
                is known; what clocks show at `at` otherwise.

        Raises:
            WindowError: unknown zone, or month to date has no day yet.
        """
        if self.kind == "fixed" and self.start and self.end:
            return Window(self.start, self.end, zone)
        reference = (nominal or to_local(at, load_zone(zone))) - offset
        start, end = self._bounds(reference)
        if start == end:
            raise WindowError(
                f"Month to date is still empty on {start.date().isoformat()}: no day of the month"
                " is complete yet.",
                hint="Run it from the day after next on, or use previous-month.",
            )
        return Window(start, end, zone)

    def _bounds(self, reference: datetime) -> tuple[datetime, datetime]:
        """Start and end on the wall clock; equal when there is nothing in between."""
        today = reference.date()
        if self.kind == "days":
            return midnight(today - timedelta(days=self.count)), midnight(today)
        if self.kind == "weeks":
            monday = today - timedelta(days=today.weekday())
            return midnight(monday - timedelta(weeks=self.count)), midnight(monday)
        if self.kind == "quarter":
            quarter = quarter_start(today)
            return midnight(add_months(quarter, -3)), midnight(quarter)
        first = today.replace(day=1)
        if self.kind == "months":
            return midnight(add_months(first, -self.count)), midnight(first)
        return midnight(first), midnight(today)


def slot_window(
    rule: WindowRule,
    cron: Cron,
    zone: str,
    slot: datetime,
    offset: timedelta = COMPLETE_AFTER,
) -> Window:
    """The window of a schedule's slot: computed from the time that the slot stands for.

    Raises:
        WindowError: as `WindowRule.window`.
    """
    return rule.window(slot, zone, offset, nominal=nominal_time(cron, zone, slot))


def _short(local: datetime) -> str:
    text = local.strftime("%Y-%m-%dT%H:%M:%S")
    return text.removesuffix("T00:00:00")
