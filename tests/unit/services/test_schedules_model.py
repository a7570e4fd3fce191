from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amc.services.schedules_model import plan

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def hours(*ago: float) -> list[datetime]:
    return [NOW - timedelta(hours=h) for h in ago]


def verdicts(slots: list[datetime], **options: Any) -> list[tuple[str, int]]:
    given_options: dict[str, Any] = {
        "now": NOW,
        "missed": "latest",
        "catch_up": timedelta(hours=24),
    } | options
    return [(p.verdict, p.count) for p in plan(slots, **given_options)]


def test_a_slot_of_this_minute_runs() -> None:
    assert verdicts(hours(0.01)) == [("ran", 1)]


def test_after_an_outage_the_latest_missed_slot_is_caught_up_and_the_others_coalesced() -> None:
    # 3, 2 and 1 hours late: two are coalesced into one row, the latest runs
    assert verdicts(hours(3, 2, 1)) == [("coalesced", 2), ("caught_up", 1)]


def test_a_slot_on_time_makes_every_missed_one_coalesced() -> None:
    assert verdicts(hours(2, 1, 0.01)) == [("coalesced", 2), ("ran", 1)]


def test_all_missed_slots_run_when_the_policy_says_so() -> None:
    assert verdicts(hours(3, 2, 1), missed="all") == [("caught_up", 1)] * 3


def test_none_runs_when_the_policy_is_to_skip() -> None:
    assert verdicts(hours(3, 2, 1), missed="skip") == [("skipped", 3)]


def test_slots_beyond_the_catch_up_limit_expire_whatever_the_policy() -> None:
    for missed in ("skip", "latest", "all"):
        assert verdicts(hours(50, 30), missed=missed) == [("window_expired", 2)]


@given(
    ago=st.lists(st.integers(0, 4000), unique=True, max_size=30),
    missed=st.sampled_from(["skip", "latest", "all"]),
    limit=st.integers(0, 4000),
)
def test_every_slot_is_accounted_for_exactly_once(ago: list[int], missed: str, limit: int) -> None:
    slots = sorted(NOW - timedelta(minutes=m) for m in ago)
    plans = plan(
        slots,
        now=NOW,
        missed=missed,  # type: ignore[arg-type]
        catch_up=timedelta(minutes=limit),
    )
    assert sum(p.count for p in plans) == len(slots)
    covered = [s for p in plans for s in slots if p.slot_at <= s <= (p.until_at or p.slot_at)]
    assert sorted(covered) == slots
