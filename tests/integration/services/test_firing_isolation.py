"""What is wrong with one schedule stays inside it, and no slot is lost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from amc.clock import FrozenClock
from amc.container import Services
from amc.db.models import Execution, FleetRun, Schedule
from amc.errors import DatabaseError, FiringError
from amc.services.scheduling.turns import GIVEN_UP
from tests.integration.services.test_schedules_service import draft

TEN = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def every_minute(name: str, instance: str = "amcone", **changes: object) -> Any:
    return draft(name=name, cron="* * * * *", instance_ids=(instance,), **changes)


def end_all(built: Services) -> None:
    with built.database.write() as session:
        session.query(Execution).update({"state": "READY"})


def verdicts(built: Services, schedule_id: str) -> list[str]:
    return [s.verdict for s in reversed(built.schedules.history(schedule_id))]


def test_a_removed_schedule_stops_no_other(built: Services, clock: FrozenClock) -> None:
    gone = built.schedules.create("ann", every_minute("Gone"))
    clock.set(TEN)
    built.schedules.fire_due()
    built.schedules.remove("ann", gone.id)
    same = built.schedules.create("ann", every_minute("Same instance"))
    other = built.schedules.create("ann", every_minute("Elsewhere", "amctwo"))
    for minute in range(1, 11):
        clock.set(TEN + timedelta(minutes=minute))
        built.schedules.fire_due()
        end_all(built)
    assert verdicts(built, same.id) == ["ran"] * 10
    assert verdicts(built, other.id) == ["ran"] * 10


def test_runs_of_a_removed_schedule_stay_and_point_to_nothing(
    built: Services, clock: FrozenClock
) -> None:
    gone = built.schedules.create("ann", every_minute("Gone"))
    clock.set(TEN)
    built.schedules.fire_due()
    built.schedules.remove("ann", gone.id)
    with built.database.read() as session:
        run, execution = session.query(FleetRun).one(), session.query(Execution).one()
        assert (run.title, run.schedule_id, execution.slot_id) == ("Gone", None, None)
    assert built.executions.page()[1] == 1


def failing(monkeypatch: pytest.MonkeyPatch, built: Services, name: str, error: Exception) -> None:
    real: Callable[..., Any] = type(built.schedules)._request

    def request(self: Any, row: Schedule, *args: Any, **kwargs: Any) -> Any:
        if row.name == name:
            raise error
        return real(self, row, *args, **kwargs)

    monkeypatch.setattr(type(built.schedules), "_request", request)


ERRORS = (
    RuntimeError("something nobody foresaw, Atzr|IwEBIKsecret-token"),
    IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed")),
    OverflowError("date value out of range"),
    DatabaseError("The database was locked for too long by another program."),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_of_any_kind_stays_inside_its_schedule_and_its_slots_stay_due(
    built: Services, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    clock.set(TEN - timedelta(minutes=2))
    bad = built.schedules.create("ann", every_minute("Aching", missed="all", overlap="allow"))
    good = built.schedules.create("ann", every_minute("Well", "amctwo"))
    with monkeypatch.context() as patch:
        failing(patch, built, "Aching", error)
        for minute in range(3):
            clock.set(TEN + timedelta(minutes=minute))
            with pytest.raises(FiringError, match="'Aching'") as told:
                built.schedules.fire_due()
            assert "secret-token" not in str(told.value)
            end_all(built)
    assert verdicts(built, good.id) == ["overlap_skipped", "ran", "ran", "ran"]
    assert built.schedules.get(bad.id).broken == ""
    clock.set(TEN + timedelta(minutes=10))
    built.schedules.fire_due()
    assert set(verdicts(built, bad.id)) == {"caught_up", "ran"}
    assert len(verdicts(built, bad.id)) == 12


def test_many_that_are_tried_again_take_no_places_from_the_others(
    built: Services, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        built.schedules.create("ann", every_minute(f"Aching {number}"))
    clock.set(TEN - timedelta(minutes=30))
    good = built.schedules.create("ann", every_minute("Well", "amctwo"))
    real = type(built.schedules)._request

    def request(self: Any, row: Schedule, *args: Any, **kwargs: Any) -> Any:
        if row.name != "Well":
            raise RuntimeError
        return real(self, row, *args, **kwargs)

    monkeypatch.setattr(type(built.schedules), "_request", request)
    clock.set(TEN)
    for _ in range(4):
        with pytest.raises(FiringError):
            built.schedules.fire_due(limit=2)
    assert "ran" in verdicts(built, good.id)


def test_what_was_tried_again_is_told_no_more_once_it_is_removed(
    built: Services, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = built.schedules.create("ann", every_minute("Aching"))
    failing(monkeypatch, built, "Aching", RuntimeError("x"))
    clock.set(TEN)
    with pytest.raises(FiringError):
        built.schedules.fire_due()
    built.schedules.remove("ann", bad.id)
    assert built.schedules.fire_due() == 0


def test_five_slots_after_a_short_pause_start_one_run(built: Services, clock: FrozenClock) -> None:
    made = built.schedules.create("ann", every_minute("Often"))
    clock.set(datetime(2026, 11, 2, 9, 4, 30, tzinfo=UTC))
    built.schedules.fire_due()
    assert verdicts(built, made.id) == ["overlap_skipped"] * 3 + ["ran"]
    assert built.executions.page()[1] == 1


def test_a_day_that_was_missed_is_caught_up_one_after_another(
    built: Services, clock: FrozenClock
) -> None:
    made = built.schedules.create("ann", draft(cron="0 * * * *", missed="all"))
    clock.set(datetime(2026, 11, 3, 9, 0, 10, tzinfo=UTC))
    for number in range(1, 25):
        built.schedules.fire_due()
        built.schedules.fire_due()  # nothing more while one is under way
        assert len(verdicts(built, made.id)) == number
        end_all(built)
        clock.advance(timedelta(seconds=1))
    assert set(verdicts(built, made.id)) == {"caught_up", "ran"}
    built.schedules.fire_due()
    assert len(verdicts(built, made.id)) == 24


@pytest.mark.parametrize("way", ["pause", "edit"])
def test_what_waits_is_told_when_the_schedule_is_paused_or_changed(
    built: Services, clock: FrozenClock, way: str
) -> None:
    made = built.schedules.create("ann", draft(cron="0 * * * *", missed="all"))
    clock.set(datetime(2026, 11, 2, 14, 30, tzinfo=UTC))
    built.schedules.fire_due()
    if way == "pause":
        built.schedules.pause("ann", made.id)
        built.schedules.resume("ann", made.id)
    else:
        built.schedules.update("ann", made.id, draft(cron="30 * * * *"), made.version)
    slots = built.schedules.history(made.id)
    assert sum(s.count for s in slots) == 5
    assert {s.verdict for s in slots} == {"caught_up", "paused" if way == "pause" else
                                          "overlap_skipped"}  # fmt: skip
    assert way == "pause" or GIVEN_UP in {s.reason for s in slots}


def test_a_long_pause_is_told_to_its_last_slot(
    built: Services, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amc.services.scheduling.mending.MOST_SLOTS_AT_ONCE", 100, raising=False)
    monkeypatch.setattr("amc.services.schedules.MOST_SLOTS_AT_ONCE", 100, raising=False)
    made = built.schedules.create("ann", every_minute("Often"))
    built.schedules.pause("ann", made.id)
    clock.set(TEN + timedelta(hours=5))
    built.schedules.resume("ann", made.id)
    assert sum(s.count for s in built.schedules.history(made.id)) == 360


def test_slots_that_passed_while_it_was_set_aside_are_told_when_it_is_mended(
    built: Services, clock: FrozenClock
) -> None:
    made = built.schedules.create("ann", draft(cron="0 * * * *"))
    with built.database.write() as session:
        session.execute(text("UPDATE schedules SET broken = 'by a test'"))
    clock.set(datetime(2026, 11, 2, 14, 30, tzinfo=UTC))
    built.schedules.update("ann", made.id, draft(cron="0 * * * *"), made.version)
    (slot,) = built.schedules.history(made.id)
    assert (slot.verdict, slot.count) == ("failed", 5)
    assert "by a test" in slot.reason
