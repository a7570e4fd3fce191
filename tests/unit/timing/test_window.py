import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.errors import WindowError
from amc.timing import (
    Window,
    WindowRule,
    maturity,
    next_slots,
    parse_cron,
    slot_window,
    slots_between,
)
from amc.timing.months import add_months, quarter_start
from benchmarks.cron_oracle import distinct_zones, transitions

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # a Monday
ZONES = distinct_zones()


def window(rule: str, at: datetime = NOW, zone: str = "UTC", hours: int = 48) -> str:
    found = WindowRule.parse(rule).window(at, zone, timedelta(hours=hours))
    return "/".join(found.to_amc()[:2]).replace("T00:00:00", "")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("last-7-days", "2026-11-14/2026-11-21"),
        ("last-1-day", "2026-11-20/2026-11-21"),
        ("yesterday", "2026-11-20/2026-11-21"),
        ("last-30-days", "2026-10-22/2026-11-21"),
        ("last-2-weeks", "2026-11-02/2026-11-16"),
        ("previous-week", "2026-11-09/2026-11-16"),
        ("last-3-months", "2026-08-01/2026-11-01"),
        ("previous-month", "2026-10-01/2026-11-01"),
        ("previous-quarter", "2026-07-01/2026-10-01"),
        ("month-to-date", "2026-11-01/2026-11-21"),
        ("fixed:2026-09-01/2026-10-01", "2026-09-01/2026-10-01"),
        ("fixed(2026-09-01T06:00:00, 2026-10-01)", "2026-09-01T06:00:00/2026-10-01"),
    ],
)
def test_each_rule_means_one_window(rule, expected):
    assert window(rule) == expected


def test_a_boundary_that_equals_the_moment_is_the_end():
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert window("previous-week", monday, hours=0) == "2026-11-16/2026-11-23"
    assert window("last-7-days", monday, hours=0) == "2026-11-16/2026-11-23"
    first = datetime(2026, 10, 1, tzinfo=UTC)
    assert window("previous-month", first, hours=0) == "2026-09-01/2026-10-01"
    assert window("previous-quarter", first, hours=0) == "2026-07-01/2026-10-01"
    assert window("previous-quarter", first - timedelta(seconds=1), hours=0) == (
        "2026-04-01/2026-07-01"
    )


def test_the_moment_is_read_on_the_clocks_of_the_zone():
    late = datetime(2026, 11, 23, 3, tzinfo=UTC)  # still Sunday evening in New York
    assert window("last-1-day", late, "America/New_York") == "2026-11-19/2026-11-20"
    assert window("last-1-day", late, "Asia/Tokyo") == "2026-11-20/2026-11-21"


def test_month_to_date_without_a_complete_day_is_refused():
    with pytest.raises(WindowError, match="still empty"):
        window("month-to-date", datetime(2026, 11, 3, 9, tzinfo=UTC))
    assert window("month-to-date", datetime(2026, 11, 4, tzinfo=UTC)) == "2026-11-01/2026-11-02"


@pytest.mark.parametrize(
    "text",
    ["last-7-days", "last-1-days", "last-4-weeks", "last-3-months", "previous-quarter",
     "month-to-date", "fixed:2026-09-01/2026-10-01", "fixed:2026-09-01T06:00:00/2026-10-01"],
)  # fmt: skip
def test_a_rule_is_written_as_it_is_read(text):
    rule = WindowRule.parse(text)
    assert str(rule) == text
    assert WindowRule.parse(str(rule)) == rule
    assert rule.describe()


@pytest.mark.parametrize(
    "text",
    ["", "last-0-days", "last-391-days", "last-56-weeks", "last-13-months", "last-x-days",
     "last-7-hours", "next-week", "fixed:2026-10-01/2026-09-01", "fixed:2026-09-01/2026-09-01",
     "fixed:2026-02-30/2026-03-01", "fixed:tomorrow/2026-03-01", "last-٧-days"],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(text):
    with pytest.raises(WindowError):
        WindowRule.parse(text)


def test_a_window_is_half_open_and_goes_out_without_a_z():
    found = Window.parse("2026-03-08", "2026-03-09", "America/New_York")
    assert found.to_amc() == ("2026-03-08T00:00:00", "2026-03-09T00:00:00", "America/New_York")
    assert found.end_at - found.start_at == timedelta(hours=23)
    assert found.start_at == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert found.as_dict()["zone"] == "America/New_York"
    assert "end not included" in str(found)


def test_a_midnight_that_clocks_skip_is_the_first_moment_after_it():
    havana = Window.parse("2026-03-08", "2026-03-09", "America/Havana")
    assert havana.start_at == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert havana.end_at == datetime(2026, 3, 9, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "zone", "part"),
    [
        ("2026-09-02", "2026-09-01", "UTC", "not after its start"),
        ("2026-09-01", "2026-09-01", "UTC", "not after its start"),
        ("01.09.2026", "2026-09-02", "UTC", "is not a date"),
        ("2026-09-31", "2026-10-02", "UTC", "not a date of the calendar"),
        ("2026-09-01T00:00:00Z", "2026-10-02", "UTC", "is not a date"),
        ("2026-09-01", "2026-10-01", "Mars/Olympus", "not a time zone"),
        ("2026-03-08T02:10", "2026-03-08T02:50", "America/New_York", "skip the whole"),
    ],
)
def test_a_window_that_cannot_be_is_refused(start, end, zone, part):
    with pytest.raises(WindowError, match=part):
        Window.parse(start, end, zone)


def test_a_window_with_a_zone_inside_its_times_is_refused():
    with pytest.raises(WindowError, match="wall clock"):
        Window(NOW, NOW + timedelta(days=1))


def test_a_window_in_the_future_or_before_the_memory_is_refused():
    Window.parse("2025-10-23", "2026-11-23", "UTC").check(NOW)
    with pytest.raises(WindowError, match="future"):
        Window.parse("2026-11-01", "2026-11-24", "UTC").check(NOW)
    with pytest.raises(WindowError, match="future"):
        Window.parse("2027-11-01", "2027-11-24", "UTC").check(NOW)
    with pytest.raises(WindowError, match="13 months") as caught:
        Window.parse("2025-10-22", "2026-11-01", "UTC").check(NOW)
    assert "2025-10-23" in caught.value.hint
    Window.parse("2024-10-22", "2026-11-01", "UTC").check(NOW, memory_months=60)


def test_data_is_incomplete_then_provisional_then_mature():
    found = Window.parse("2026-11-01", "2026-11-08", "UTC")
    end = datetime(2026, 11, 8, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert maturity(found, end + timedelta(hours=48) - second) == "incomplete"
    assert maturity(found, end + timedelta(hours=48)) == "provisional"
    assert maturity(found, end + timedelta(days=14) - second) == "provisional"
    assert maturity(found, end + timedelta(days=14)) == "mature"
    assert maturity(found, end + timedelta(days=14), 28) == "provisional"
    assert maturity(found, end + timedelta(days=1), 0) == "incomplete"


def test_months_and_quarters():
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -13) == date(2024, 12, 15)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert [quarter_start(date(2026, m, 9)).month for m in (1, 3, 4, 12)] == [1, 1, 4, 10]


def tiles(rule: str, cron: str, zone: str, slots: list[datetime], hours: int = 48) -> None:
    """Each window begins where the one before ended, on the clock and in time."""
    read, parsed = WindowRule.parse(rule), parse_cron(cron)
    windows = [slot_window(read, parsed, zone, s, timedelta(hours=hours)) for s in slots]
    for slot, (earlier, later) in zip(slots[1:], itertools.pairwise(windows), strict=True):
        assert earlier.end == later.start, f"{zone} {cron} {slot}"
        assert earlier.end_at == later.start_at


@pytest.mark.parametrize(
    ("rule", "cron", "most"),
    [
        ("last-7-days", "0 0 * * 1", 54),
        ("last-7-days", "30 23 * * 6", 54),  # in Nuuk clocks skip this minute
        ("previous-week", "30 1 * * 0", 54),
        ("previous-month", "0 2 1 * *", 14),
    ],
)
def test_windows_of_consecutive_slots_touch_in_every_zone_over_clock_changes(rule, cron, most):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    # A weekly rule in a zone without clock changes says nothing that a few weeks do not say.
    for zone in ZONES:
        changes = next(transitions(zone, 2026, 2026), None)
        tiles(rule, cron, zone, next_slots(parse_cron(cron), zone, start, most if changes else 6))


@settings(max_examples=120, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    day=st.integers(0, 27),
    shape=st.sampled_from(["daily", "weekly", "monthly"]),
    hours=st.integers(0, 100),
    year=st.integers(2020, 2036),
)
def test_daily_weekly_and_monthly_windows_touch(zone, minute, hour, day, shape, hours, year):
    cron, rule = {
        "daily": (f"{minute} {hour} * * *", "last-1-day"),
        "weekly": (f"{minute} {hour} * * {day % 7}", "last-7-days"),
        "monthly": (f"{minute} {hour} {day + 1} * *", "previous-month"),
    }[shape]
    start = datetime(year, 1, 1, tzinfo=UTC)
    slots = slots_between(parse_cron(cron), zone, start, start + timedelta(days=366), 400)
    tiles(rule, cron, zone, slots, hours)
