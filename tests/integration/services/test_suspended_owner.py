"""Schedules of a person who is disabled, or may not run any more, are suspended with a reason."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from amc.clock import FrozenClock
from amc.container import Services
from amc.db.people import User
from amc.errors import UsageError
from amc.services.schedules import ScheduleDraft
from tests.conftest import NOW

SQL = "SELECT campaign, SUM(impressions) AS i FROM dsp_impressions GROUP BY campaign"


def daily(built: Services, owner: str) -> str:
    draft = ScheduleDraft(
        name=f"Daily of {owner}", cron="0 8 * * *", zone="UTC", window_rule="last-7-days",
        sql=SQL, instance_ids=("amcone",), overlap="allow", missed="all",
    )  # fmt: skip
    return built.schedules.create(owner, draft).id


@pytest.fixture
def hers(built: Services) -> str:
    """A schedule of ann's, who is an analyst."""
    built.users.create("root", "ann", password="plum-otter-lantern-42")
    return daily(built, "ann")


def in_the_database(built: Services, **values: object) -> None:
    with built.database.write() as session:
        row = session.query(User).filter_by(name="ann").one()
        for key, value in values.items():
            setattr(row, key, value)


STOPPED: list[tuple[Callable[[Services], object], str]] = [
    (lambda b: b.users.disable("root", "ann"), "is disabled"),
    (lambda b: b.users.set_role("root", "ann", "viewer"), "may not run"),
    (lambda b: in_the_database(b, disabled=True), "is disabled"),
    (lambda b: in_the_database(b, role="nonsense"), "cannot be read"),
]
NAMES = ["disabled", "demoted", "disabled-in-the-database", "role-unreadable"]


@pytest.mark.parametrize(("stop", "words"), STOPPED, ids=NAMES)
def test_slots_of_a_suspended_schedule_are_told_and_do_not_run(
    built: Services,
    clock: FrozenClock,
    hers: str,
    stop: Callable[[Services], object],
    words: str,
) -> None:
    stop(built)
    clock.advance(timedelta(days=3))
    built.schedules.fire_due()
    [slot] = built.schedules.history(hers)
    assert (slot.verdict, slot.count) == ("paused", 3)
    assert "suspended: " in slot.reason
    assert "ann" in slot.reason
    assert words in slot.reason
    assert built.executions.page()[1] == 0
    built.schedules.fire_due()
    assert len(built.schedules.history(hers)) == 1


def test_a_suspended_schedule_is_not_run_by_hand_either(built: Services, hers: str) -> None:
    built.users.disable("root", "ann")
    with pytest.raises(UsageError, match="ann, who owns it, is disabled"):
        built.schedules.run_now("root", hers)
    with pytest.raises(UsageError, match="ann, who owns it, is disabled"):
        built.schedules.backfill("root", hers, NOW - timedelta(days=3), NOW)
    assert built.executions.page()[1] == 0


def test_it_goes_on_with_the_next_slot_when_the_person_may_run_again(
    built: Services, clock: FrozenClock, hers: str
) -> None:
    built.users.disable("root", "ann")
    clock.advance(timedelta(days=2))
    built.schedules.fire_due()
    built.users.enable("root", "ann")
    clock.advance(timedelta(days=1))
    built.schedules.fire_due()
    verdicts = [(s.verdict, s.count) for s in built.schedules.history(hers)]
    assert sorted(verdicts) == [("caught_up", 1), ("paused", 2)]
    assert built.executions.page()[1] == 1


@pytest.mark.parametrize("owner", ["root", "set-up", "demo"])
def test_who_is_no_user_is_never_suspended(
    built: Services, clock: FrozenClock, hers: str, owner: str
) -> None:
    built.users.disable("root", "ann")
    theirs = daily(built, owner)
    clock.advance(timedelta(days=1))
    built.schedules.fire_due()
    assert [s.verdict for s in built.schedules.history(theirs)] == ["caught_up"]
    assert [s.verdict for s in built.schedules.history(hers)] == ["paused"]


def test_the_forecast_tells_it_before_the_slot_and_forgets_it_after(
    built: Services, hers: str
) -> None:
    def told() -> bool:
        return any("suspended: ann" in r.reason for r in built.schedules.at_risk())

    assert not told()
    built.users.disable("root", "ann")
    assert told()
    built.users.enable("root", "ann")
    assert not told()
