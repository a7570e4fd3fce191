"""An administrator takes the schedules of a person over who may not run them any more."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from amc.auth.roles import CurrentUser, Role
from amc.clock import FrozenClock
from amc.container import Services
from amc.db.models import Slot
from amc.errors import AccessDeniedError, MissingError
from amc.ui.desk import guarded
from tests.integration.services.test_suspended_owner import daily

PASSWORD = "plum-otter-lantern-42"


@pytest.fixture
def hers(built: Services) -> str:
    built.users.create("root", "ann", password=PASSWORD)
    made = daily(built, "ann")
    built.users.disable("root", "ann")
    return made


def verdicts(built: Services, schedule: str) -> list[tuple[str, int]]:
    return sorted((s.verdict, s.count) for s in built.schedules.history(schedule))


def test_it_goes_on_under_the_new_owner_and_what_passed_is_told(
    built: Services, clock: FrozenClock, hers: str
) -> None:
    clock.advance(timedelta(days=2))
    assert built.schedules.get(hers).suspended
    taken = built.schedules.take_over("root", hers)
    assert (taken.created_by, taken.suspended) == ("root", "")
    built.schedules.fire_due()
    assert verdicts(built, hers) == [("paused", 2)]
    clock.advance(timedelta(days=1))
    built.schedules.fire_due()
    assert verdicts(built, hers) == [("caught_up", 1), ("paused", 2)]
    [run] = built.executions.page()[0]
    assert built.executions.fleet_run(run.fleet_run_id).created_by == "root"
    with built.database.read() as session:
        assert session.scalar(select(func.count(Slot.id))) == 2


def test_the_audit_trail_says_who_had_it_before(built: Services, hers: str) -> None:
    built.schedules.take_over("root", hers)
    row = next(r for r in built.audit.latest(10) if r.action == "schedule.take_over")
    assert (row.actor, row.before, row.after) == ("root", {"owner": "ann"}, {"owner": "root"})


def test_taking_it_over_twice_changes_nothing_more(built: Services, hers: str) -> None:
    first = built.schedules.take_over("root", hers)
    assert built.schedules.take_over("root", hers).version == first.version


def test_a_paused_one_stays_paused(built: Services, hers: str) -> None:
    built.schedules.pause("root", hers)
    taken = built.schedules.take_over("root", hers)
    assert (taken.enabled, taken.next_slot_at) == (False, None)


def test_only_an_administrator_may(built: Services, hers: str) -> None:
    bo = CurrentUser("us_1", "bo", "Bo", Role.ANALYST)
    with pytest.raises(AccessDeniedError):
        guarded(built, "schedules", bo).take_over("bo", hers)
    with pytest.raises(AccessDeniedError):
        guarded(built, "schedules", bo).of_owner("ann")
    assert built.schedules.get(hers).created_by == "ann"


def test_one_that_is_not_there_is_named(built: Services) -> None:
    with pytest.raises(MissingError, match="sc_nobody"):
        built.schedules.take_over("root", "sc_nobody")


def test_a_suspended_one_is_not_listed_as_due(built: Services, hers: str) -> None:
    other = daily(built, "root")
    assert [row.id for row in built.schedules.upcoming(hours=48)] == [other]
    assert [row.id for row in built.schedules.of_owner("ann")] == [hers]
    assert {row.id: bool(row.suspended) for row in built.schedules.all()} == {
        hers: True,
        other: False,
    }
