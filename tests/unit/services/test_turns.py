"""A schedule that allows no two runs at once never starts two, and loses no slot."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amc.services.schedules_model import MissedPolicy, plan
from amc.services.scheduling.turns import Turns, given_up, in_turn

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def turns(
    minutes_ago: list[float], missed: MissedPolicy, since: float | None = None, limit_h: int = 24
) -> Turns:
    plans = plan(
        [NOW - timedelta(minutes=m) for m in minutes_ago],
        now=NOW,
        missed=missed,
        catch_up=timedelta(hours=limit_h),
    )
    under_way = None if since is None else NOW - timedelta(minutes=since)
    return in_turn(plans, missed=missed, under_way_since=under_way)


def verdicts(found: Turns) -> list[tuple[str, int]]:
    return [(p.verdict, p.count) for p in found.plans]


@pytest.mark.parametrize("missed", get_args(MissedPolicy))
def test_after_a_pause_of_four_and_a_half_minutes_one_run_starts(missed: MissedPolicy) -> None:
    found = turns([4.5, 3.5, 2.5, 1.5, 0.5], missed)
    assert sum(p.fires for p in found.plans) == 1


def test_a_day_of_missed_slots_starts_with_one_and_the_others_wait() -> None:
    found = turns([60.0 * h for h in range(23, -1, -1)], "all")
    assert verdicts(found) == [("caught_up", 1)]
    assert found.waiting_from == NOW - timedelta(hours=22)


def test_the_newest_of_several_on_time_runs_and_the_others_say_why() -> None:
    found = turns([3, 2, 1], "latest")
    assert verdicts(found) == [("overlap_skipped", 1), ("overlap_skipped", 1), ("ran", 1)]
    assert "newer slot" in found.plans[0].reason


def test_while_a_run_is_under_way_what_waited_goes_on_waiting() -> None:
    found = turns([120, 60], "all", since=30)
    assert (found.plans, found.waiting_from) == ([], NOW - timedelta(hours=2))


def test_a_slot_that_comes_while_a_run_is_under_way_is_skipped() -> None:
    assert verdicts(turns([1], "all", since=30)) == [("overlap_skipped", 1)]
    assert verdicts(turns([1], "latest", since=30)) == [("overlap_skipped", 1)]
    assert verdicts(turns([120, 60], "latest", since=30)) == [
        ("coalesced", 1),
        ("overlap_skipped", 1),
    ]


def test_what_waits_longer_than_the_limit_expires() -> None:
    found = turns([180, 60], "all", since=30, limit_h=2)
    assert verdicts(found) == [("window_expired", 1)]
    assert found.waiting_from == NOW - timedelta(hours=1)


def test_who_gives_up_waiting_is_told_so() -> None:
    plans = plan([NOW], now=NOW, missed="all", catch_up=timedelta(hours=1))
    assert [(p.verdict, p.count) for p in given_up(plans)] == [("overlap_skipped", 1)]


@given(
    gaps=st.lists(st.integers(1, 400), min_size=1, max_size=25),
    ticks=st.lists(st.tuples(st.integers(1, 900), st.booleans()), min_size=1, max_size=40),
    missed=st.sampled_from(get_args(MissedPolicy)),
    overlap=st.sampled_from(["skip", "allow"]),
    limit=st.integers(0, 4000),
)
def test_every_slot_gets_one_verdict_and_no_two_runs_meet(
    gaps: list[int],
    ticks: list[tuple[int, bool]],
    missed: MissedPolicy,
    overlap: str,
    limit: int,
) -> None:
    """A small model: slots at uneven distances, ticks at uneven distances, runs that end or not."""
    slots = [NOW + timedelta(minutes=sum(gaps[: n + 1])) for n in range(len(gaps))]
    now, accounted, running = NOW, NOW, None
    told: list[Any] = []
    final = [(5000, True)] * (len(slots) + 1)
    for minutes, ends in [*ticks, *final]:
        now += timedelta(minutes=minutes)
        running = None if ends else running
        due = [s for s in slots if accounted < s <= now]
        plans = plan(due, now=now, missed=missed, catch_up=timedelta(minutes=limit))
        found = Turns(plans)
        if overlap == "skip":
            found = in_turn(plans, missed=missed, under_way_since=running)
            fired = sum(p.fires for p in found.plans)
            assert fired <= (1 if running is None else 0)
            running = now if fired else running
        told += found.plans
        done = [s for s in due if found.waiting_from is None or s < found.waiting_from]
        accounted = done[-1] if done else accounted
    covered = [s for p in told for s in slots if p.slot_at <= s <= (p.until_at or p.slot_at)]
    assert covered == slots
    assert sum(p.count for p in told) == len(slots)
