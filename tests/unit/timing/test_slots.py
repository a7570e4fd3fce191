import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.errors import CronError, WindowError
from amc.timing import next_slots, nominal_time, parse_cron, slots_between, to_local
from amc.timing.zones import load_zone
from benchmarks.cron_oracle import EXPRESSIONS, ZONES, Oracle, check

NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(slots: list[datetime], zone: str) -> list[str]:
    return [to_local(slot, load_zone(zone)).strftime("%a %Y-%m-%d %H:%M") for slot in slots]


def test_monday_is_monday_before_and_after_a_clock_change():
    slots = next_slots(parse_cron("0 8 * * 1"), NEW_YORK, at("2026-03-05"), 3)
    assert [s.isoformat() for s in slots] == [
        "2026-03-09T12:00:00+00:00",  # summer time began on the 8th
        "2026-03-16T12:00:00+00:00",
        "2026-03-23T12:00:00+00:00",
    ]
    assert {text[:3] for text in local(slots, NEW_YORK)} == {"Mon"}


@pytest.mark.parametrize("rule", ["0 0 * * *", "30 2 * * *"])
def test_a_daily_report_runs_once_on_every_calendar_day_of_a_year(rule):
    slots = slots_between(
        parse_cron(rule), NEW_YORK, at("2026-01-01T06:59"), at("2027-01-01T06:59"), 1000
    )
    days = [to_local(slot, load_zone(NEW_YORK)).date() for slot in slots]
    assert len(days) == len(set(days)) == 365


def test_a_time_in_the_gap_fires_at_its_end_and_a_repeated_time_fires_once():
    gap = next_slots(parse_cron("30 2 * * *"), NEW_YORK, at("2026-03-07T12:00"), 2)
    assert local(gap, NEW_YORK) == ["Sun 2026-03-08 03:00", "Mon 2026-03-09 02:30"]
    fold = next_slots(parse_cron("30 1 * * *"), NEW_YORK, at("2026-11-01T00:00"), 2)
    assert fold == [at("2026-11-01T05:30"), at("2026-11-02T06:30")]


def test_a_wildcard_hour_follows_elapsed_time():
    fold = next_slots(parse_cron("0 * * * *"), NEW_YORK, at("2026-11-01T04:30"), 3)
    assert fold == [at("2026-11-01T05:00"), at("2026-11-01T06:00"), at("2026-11-01T07:00")]


def test_rare_dates_come_when_they_come():
    leap = next_slots(parse_cron("0 0 29 2 *"), "UTC", at("2026-01-01"), 2)
    assert leap == [at("2028-02-29"), at("2032-02-29")]
    ends = next_slots(parse_cron("0 0 31 */2 *"), "UTC", at("2026-01-01"), 5)
    assert [slot.month for slot in ends] == [1, 3, 5, 7, 1]


def test_both_day_fields_are_alternatives():
    slots = next_slots(parse_cron("0 8 13 * 5"), "UTC", at("2026-11-01"), 5)
    assert [slot.day for slot in slots] == [6, 13, 20, 27, 4]
    slots = next_slots(parse_cron("0 8 13 * 1"), "UTC", at("2026-11-08"), 3)
    assert [slot.day for slot in slots] == [9, 13, 16]


def test_samoa_fires_once_for_the_day_that_it_skipped():
    slots = next_slots(parse_cron("0 8 * * *"), "Pacific/Apia", at("2011-12-29T00:00"), 3)
    assert local(slots, "Pacific/Apia") == [
        "Thu 2011-12-29 08:00",
        "Sat 2011-12-31 00:00",
        "Sat 2011-12-31 08:00",
    ]


def test_consecutive_spans_neither_repeat_nor_drop_a_slot():
    cron, start = parse_cron("*/10 * * * *"), at("2026-10-31T20:00")
    whole = slots_between(cron, NEW_YORK, start, start + timedelta(hours=20), 1000)
    edges = [start + timedelta(minutes=13 * i) for i in range(100) if 13 * i < 1200]
    edges.append(start + timedelta(hours=20))
    parts = [slots_between(cron, NEW_YORK, a, b, 1000) for a, b in itertools.pairwise(edges)]
    assert list(itertools.chain.from_iterable(parts)) == whole
    assert slots_between(cron, NEW_YORK, start, start + timedelta(hours=20), 7) == whole[:7]


def test_a_slot_knows_the_time_that_it_stands_for():
    cron = parse_cron("30 2 * * *")
    [gap] = next_slots(cron, NEW_YORK, at("2026-03-08T00:00") + timedelta(hours=5), 1)
    assert nominal_time(cron, NEW_YORK, gap) == datetime(2026, 3, 8, 2, 30)  # noqa: DTZ001
    hourly = parse_cron("0 * * * *")
    assert nominal_time(hourly, NEW_YORK, gap) == datetime(2026, 3, 8, 3, 0)  # noqa: DTZ001


def test_an_unknown_zone_and_the_end_of_the_calendar_are_refused():
    cron = parse_cron("0 8 * * *")
    for name in ("US/Pacific-New", "Mars/Olympus", "", "../etc/passwd", "America", "localtime"):
        with pytest.raises(WindowError, match="not a time zone"):
            next_slots(cron, name, at("2026-01-01"), 1)
    with pytest.raises(CronError, match="beyond the calendar"):
        next_slots(cron, "UTC", at("9999-01-01"), 1)


def test_slots_equal_the_brute_force_oracle_at_every_clock_change():
    """The full form is `python -m benchmarks.cron_oracle --full`."""
    extra = [("Pacific/Apia", at("2011-12-30T10:00"))]
    compared, wrong = check(ZONES, EXPRESSIONS, 2026, 2027, extra)
    assert wrong == []
    assert compared > 700


def test_the_oracle_itself_knows_a_hand_worked_day():
    oracle = Oracle(NEW_YORK, at("2026-03-08T00:00"), at("2026-03-09T12:00"))
    assert oracle.fires("30 2 * * *") == [at("2026-03-08T07:00"), at("2026-03-09T06:30")]
    oracle = Oracle(NEW_YORK, at("2026-11-01T00:00"), at("2026-11-02T00:00"))
    assert oracle.fires("30 1 * * *") == [at("2026-11-01T05:30")]
    assert oracle.fires("30 * * * *")[5:7] == [at("2026-11-01T05:30"), at("2026-11-01T06:30")]


@settings(max_examples=150, deadline=None)
@given(
    rule=st.sampled_from(EXPRESSIONS),
    zone=st.sampled_from(ZONES),
    after=st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
)
def test_slots_rise_strictly_and_lie_on_whole_minutes(rule, zone, after):
    start = after.replace(tzinfo=UTC)
    slots = next_slots(parse_cron(rule), zone, start, 12)
    assert len(slots) == 12
    assert all(a < b for a, b in itertools.pairwise([start, *slots]))
    assert all(not slot.second and not slot.microsecond for slot in slots)
