"""Standard five-field cron: reading a rule, and the instants at which it fires.

Which wall clock times a rule means is cronsim's answer, asked without a zone; the zone is put on
here, because a rule with a fixed hour and one with a wildcard hour meet a clock change in
different ways (see `next_slots`).
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from amc.errors import CronError
from amc.timing.fields import MACROS, SPECS, CronField, read_field
from amc.timing.words import describe
from amc.timing.zones import earliest_wall_after, instants_of, load_zone, to_instant, to_local

_LONGEST = 400  # characters: all sixty minutes written out fit
_FIRST_YEAR = 1900
_LAST_YEAR = 9900  # cronsim looks fifty years ahead; datetime ends with 9999
_DAYS_IN_MONTH = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Cron:
    """A rule that was read: five fields, from minute to day of week.

    Attributes:
        text: the rule with single blanks, names as numbers, macros written out.
        fields: minute, hour, day of month, month, day of week.
    """

    text: str
    fields: tuple[CronField, CronField, CronField, CronField, CronField]

    @property
    def days_are_alternatives(self) -> bool:
        """Whether both day fields are restricted: then either one is enough (OR)."""
        return not (self.fields[2].starts_with_star or self.fields[4].starts_with_star)

    @property
    def follows_elapsed_time(self) -> bool:
        """Whether the hour is a wildcard, so that repeated hours fire again."""
        return self.fields[1].starts_with_star

    def describe(self) -> str:
        """The rule in plain words, for example: At 08:00 on Monday."""
        return describe(self.fields, alternatives=self.days_are_alternatives)


def parse_cron(text: str) -> Cron:
    """Read a rule: five fields, or a macro such as `@daily`.

    Names (`MON`, `JAN`, in any case), lists, ranges and steps are understood; Sunday is 0 and 7.
    When both day fields are restricted (do not start with `*`), either one is enough.

    Raises:
        CronError: says which field is wrong, why, and what would be right; also for a date that
            never comes.
    """
    if len(text) > _LONGEST:
        raise CronError(f"The CRON rule is longer than {_LONGEST} characters.")
    if not text.isascii() or any(c < " " and c != "\t" for c in text.strip()):
        raise CronError("The CRON rule may hold ASCII digits, letters, * , - / and blanks only.")
    parts = _expand_macro(text).split()
    if len(parts) != len(SPECS):
        raise CronError(f"A CRON rule has five fields; '{text.strip()}' has {len(parts)}.")
    minute, hour, day, month, weekday = map(read_field, SPECS, parts)
    fields = (minute, hour, day, month, weekday)
    cron = Cron(" ".join(field.text for field in fields), fields)
    _refuse_never(cron)
    return cron


def next_slots(cron: Cron, zone: str, after: datetime, count: int) -> list[datetime]:
    """The next instants at which a rule fires, strictly later than `after`.

    Clock changes: with a fixed hour, a time that the clocks skip fires at the first valid minute
    after the gap, and a time that comes twice fires once, the first time. With a wildcard hour
    (`*`, `*/2`) the rule follows elapsed time: it fires whenever clocks show a matching time.

    Args:
        cron: the rule.
        zone: IANA name of the zone whose clocks count.
        after: an aware instant.
        count: how many at most; fewer come when the rule ends before the calendar does.

    Returns:
        Aware UTC instants on whole minutes, strictly rising.

    Raises:
        WindowError: the zone is unknown.
        CronError: `after` lies beyond the calendar.
    """
    return list(islice(iter_slots(cron, zone, after), max(0, count)))


def slots_between(
    cron: Cron, zone: str, start: datetime, end: datetime, limit: int
) -> list[datetime]:
    """The instants of a rule with `start < slot <= end`, the first `limit` of them.

    `start` is the instant up to which slots are already accounted for, so that consecutive calls
    neither repeat nor drop a slot. Errors as in `next_slots`.
    """
    due = takewhile(lambda slot: slot <= end, iter_slots(cron, zone, start))
    return list(islice(due, max(0, limit)))


def iter_slots(cron: Cron, zone: str, after: datetime) -> Iterator[datetime]:
    """All instants of a rule strictly later than `after`; see `next_slots`."""
    if not _FIRST_YEAR <= after.year <= _LAST_YEAR:
        raise CronError(
            f"{after.isoformat()} lies beyond the calendar of schedules.",
            hint=f"Choose an instant between the years {_FIRST_YEAR} and {_LAST_YEAR}.",
        )
    info = load_zone(zone)
    walk = _elapsed if cron.follows_elapsed_time else _fixed
    return (slot for slot in walk(cron, info, after.astimezone(UTC)) if slot > after)


def nominal_time(cron: Cron, zone: str, slot: datetime) -> datetime:
    """The naive wall time that a slot stands for.

    It differs from what clocks show at that instant only where they skipped the nominal time:
    a daily 02:30 that fires at 03:00 still stands for 02:30.
    """
    info = load_zone(zone)
    shown = to_local(slot, info)
    if cron.follows_elapsed_time:
        return shown
    before = to_local(slot - timedelta(minutes=1), info)
    nominal = next(_walls(cron, before + timedelta(seconds=1)), shown)
    return nominal if to_instant(nominal, info) == slot.astimezone(UTC) else shown


def _fixed(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """One instant for each matching wall time; several times in one gap are one."""
    last = None
    # Turning wall times into instants never reverses their order, so no earlier one is missed.
    for wall in _walls(cron, to_local(after, zone)):
        slot = to_instant(wall, zone)
        if slot != last:
            yield slot
        last = slot


def _elapsed(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Every instant at which clocks show a matching time, in order of time."""
    pending: list[datetime] = []
    for wall in _walls(cron, earliest_wall_after(after, zone)):
        # No later wall time has an instant before the first one of this wall time.
        first = to_instant(wall, zone)
        while pending and pending[0] < first:
            yield heapq.heappop(pending)
        for instant in instants_of(wall, zone):
            heapq.heappush(pending, instant)
    yield from sorted(pending)


def _walls(cron: Cron, start: datetime) -> Iterator[datetime]:
    """Matching naive wall times at or after `start`."""
    # cronsim begins a second after what it is given, and would treat a minute field that starts
    # with a star differently if it were told of a zone.
    return CronSim(cron.text, start.replace(tzinfo=None) - timedelta(seconds=1))


def _expand_macro(text: str) -> str:
    body = text.strip()
    if not body.startswith("@"):
        return body
    if body.lower() == "@reboot":
        raise CronError("@reboot names no time; a schedule needs one.")
    try:
        return MACROS[body.lower()]
    except KeyError:
        known = ", ".join(MACROS)
        raise CronError(f"'{body}' is not a CRON word.", hint=f"Known: {known}.") from None


def _refuse_never(cron: Cron) -> None:
    """Refuse a date that no year has, such as 31 February."""
    _, _, days, months, _ = cron.fields
    if not cron.days_are_alternatives:
        longest = max(_DAYS_IN_MONTH[month] for month in months.values)
        if min(days.values) > longest:
            raise CronError(
                f"This rule never fires: day {min(days.values)} does not exist in the months chosen"
                f" (the longest has {longest} days).",
                hint="Choose another day of the month, for example 28, or another month.",
            )
    try:
        CronSim(cron.text, datetime(2000, 1, 1))  # noqa: DTZ001 - wall time on purpose
    except CronSimError as exc:
        raise CronError(f"The CRON rule '{cron.text}' cannot be used: {exc}.") from None
