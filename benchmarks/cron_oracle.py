"""Slots against a brute-force oracle that walks every minute of real time.

`python -m benchmarks.cron_oracle` checks a representative set; `--full` checks every zone of the
zone database at every clock change from 2020 to 2037. The oracle shares nothing with the product:
it reads the five fields by itself and looks at the clocks once a minute.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

from amc.timing.cron import next_slots, parse_cron, slots_between

MINUTE = timedelta(minutes=1)

ZONES = (
    "America/New_York",
    "America/Havana",  # changes at midnight
    "America/Santiago",
    "America/St_Johns",
    "America/Nuuk",  # changes at 23:00 or 22:00 of the day before
    "Europe/Berlin",
    "Europe/Dublin",  # negative summer time in the database
    "Africa/Casablanca",  # Ramadan
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kolkata",  # no change at all
    "Australia/Lord_Howe",  # half an hour
    "Antarctica/Troll",  # two hours
    "Pacific/Chatham",
)
EXPRESSIONS = (
    "0 8 * * 1",
    "0 0 * * *",
    "30 2 * * *",
    "30 1 * * *",
    "0 2,3 * * *",
    "*/15 2 * * *",
    "* 1 * * *",
    "59 23 * * *",
    "30 23 * * *",
    "0 * * * *",
    "*/20 * * * *",
    "17 */2 * * *",
    "45 */6 * * 1-5",
    "0 0-4 * * SUN",
    "5,50 0-3/2 * * 7",
    "0 0 29 3 0",
    "*/30 0-3 8-14 * 0",
    "30 1 */2 * 0",
)
MORE_EXPRESSIONS = (
    "* * * * *",
    "*/7 * * * *",
    "0 0 * * 0",
    "0 0 1 * *",
    "15 0 31 */2 *",
    "0 0 29 2 *",
    "0 3 * MAR,OCT,NOV SUN",
    "1-59/2 1-2 * * *",
    "0 1 * * 6,7",
    "30 0 * * FRI-SUN",
    "0 */3 * * *",
    "30 */1 * * *",
    "*/5 */12 * * *",
    "0 23 * * SAT",
    "15 23,0,1 * * *",
    "0 22 * * *",
    "30 22 * * *",
    "*/10 3 * 3-4 *",
    "0 4 1-7 4 0",
    "20 2 1,15 * MON-FRI",
    "0 12 * * *",
    "0 0-23 * * *",
    "40 1-3 * 1-12/2 *",
)

_NAMES = {
    name: str(number)
    for names, start in (
        ("SUN MON TUE WED THU FRI SAT", 0),
        ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", 1),
    )
    for number, name in enumerate(names.split(), start)
}


def read_plainly(expression: str) -> tuple[list[set[int]], bool]:
    """The allowed values of each field, and whether either day field is enough."""
    fields = []
    texts = expression.replace("-SUN", "-7").split()
    for text, (low, high) in zip(texts, ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7)), strict=True):
        values: set[int] = set()
        for item in text.split(","):
            body, _, step = item.partition("/")
            for name, number in _NAMES.items():
                body = body.replace(name, number)
            first, _, last = body.partition("-")
            begin, end = (low, high) if body == "*" else (int(first), int(last or first))
            values |= set(range(begin, end + 1, int(step or 1)))
        fields.append(values)
    fields[4] = {value % 7 for value in fields[4]}
    return fields, not (texts[2].startswith("*") or texts[4].startswith("*"))


class Oracle:
    """The clocks of a zone, minute by minute, between two instants."""

    def __init__(self, zone: str, start: datetime, end: datetime) -> None:
        info = ZoneInfo(zone)
        count = int((end - start) / MINUTE)
        self.minutes = [start + i * MINUTE for i in range(count + 1)]
        self.walls = [m.astimezone(info).replace(tzinfo=None, fold=0) for m in self.minutes]

    def fires(self, expression: str) -> list[datetime]:
        """Every minute after the first at which the rule fires."""
        (minutes, hours, days, months, weekdays), either = read_plainly(expression)

        def matches(wall: datetime) -> bool:
            if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
                return False
            by_date, by_weekday = wall.day in days, wall.isoweekday() % 7 in weekdays
            return (by_date or by_weekday) if either else (by_date and by_weekday)

        if expression.split()[1].startswith("*"):
            both = zip(self.minutes[1:], self.walls[1:], strict=True)
            return [minute for minute, wall in both if matches(wall)]
        fired = []
        latest = self.walls[0]  # the furthest that clocks have shown so far
        for minute, wall in zip(self.minutes[1:], self.walls[1:], strict=True):
            fire = False
            while latest < wall:  # more than one step where clocks skip
                latest += MINUTE
                fire = fire or matches(latest)
            if fire:
                fired.append(minute)
        return fired


def transitions(zone: str, first_year: int, last_year: int) -> Iterator[datetime]:
    """Every instant at which the offset of a zone changes, to the minute."""
    info = ZoneInfo(zone)
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while at < end:
        following = at + timedelta(days=1)
        low, high = at, following
        before = low.astimezone(info).utcoffset()
        if before != high.astimezone(info).utcoffset():
            while high - low > MINUTE:
                middle = low + MINUTE * ((high - low) // MINUTE // 2)
                if middle.astimezone(info).utcoffset() == before:
                    low = middle
                else:
                    high = middle
            yield high
        at = following


def check(
    zones: Iterable[str],
    expressions: Iterable[str],
    first_year: int,
    last_year: int,
    extra: Iterable[tuple[str, datetime]] = (),
) -> tuple[int, list[str]]:
    """Compare at every clock change; how many comparisons, and what differed."""
    rules = [(text, parse_cron(text)) for text in expressions]
    places = [(zone, at) for zone in zones for at in transitions(zone, first_year, last_year)]
    compared, wrong = 0, []
    for zone, at in [*places, *extra]:
        start, end = at - timedelta(hours=26), at + timedelta(hours=26)
        oracle = Oracle(zone, start, end)
        for text, rule in rules:
            expected = oracle.fires(text)
            found = slots_between(rule, zone, start, end, 10_000)
            compared += 1
            if found != expected:
                wrong.append(f"{zone} {at} {text}: {sorted(set(found) ^ set(expected))[:4]}")
            for shift in range(-150, 151, 37):
                after = at + shift * MINUTE - timedelta(seconds=shift % 2)
                later = next((fire for fire in expected if fire > after), None)
                if later and next_slots(rule, zone, after, 1) != [later]:
                    wrong.append(f"{zone} {text}: the first after {after} is not {later}")
    return compared, wrong


def distinct_zones() -> list[str]:
    """One name for each different file of the zone database."""
    seen: dict[bytes, str] = {}
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        for folder in TZPATH:
            file = Path(folder, name)
            if file.is_file():
                seen.setdefault(file.read_bytes(), name)
                break
    return sorted(seen.values())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="every zone, 2020 to 2037 (long)")
    full = parser.parse_args(arguments).full
    began = time.perf_counter()
    zones = distinct_zones() if full else list(ZONES)
    expressions = EXPRESSIONS + MORE_EXPRESSIONS
    extra = [("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC))]
    years = (2020, 2037) if full else (2026, 2028)
    compared, wrong = check(zones, expressions, *years, extra)
    took = time.perf_counter() - began
    print(f"cron_oracle zones={len(zones)} checks={compared} wrong={len(wrong)} seconds={took:.1f}")
    for line in wrong[:20]:
        print("  ", line)
    return 1 if wrong or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
