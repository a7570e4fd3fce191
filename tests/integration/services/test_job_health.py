"""A job that fails is told with since when and why, and not a moment longer."""

from datetime import timedelta
from typing import Any

import pytest

from amc.clock import FrozenClock
from amc.container import Services
from amc.db.models import Heartbeat
from amc.errors import DatabaseError
from amc.scheduler.process import Jobs
from amc.services.scheduling.jobs import failures_in
from tests.conftest import NOW
from tests.integration.services.test_firing_isolation import TEN, every_minute, failing


def raising(error: Exception) -> Any:
    def job(*_: Any) -> None:
        raise error

    return job


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("job", "part", "method"),
    [
        ("tick", "schedules", "fire_due"),
        ("poll", "polling", "enqueue_due"),
        ("sweep", "sweeping", "sweep"),
        ("housekeeping", "housekeeping", "run"),
    ],
)
def test_a_job_that_fails_is_told_since_when_and_why_until_it_goes_well(
    built: Services,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
    part: str,
    method: str,
) -> None:
    jobs = Jobs(built, "scheduler-here-1")
    with monkeypatch.context() as patch:
        error = RuntimeError("no way\nAtzr|IwEBIK-very-secret-token")
        patch.setattr(type(getattr(built, part)), method, raising(error))
        getattr(jobs, job)()
        clock.advance(timedelta(seconds=30))
        jobs.heartbeat()
        getattr(jobs, job)()
        [told] = built.health.failing_jobs()
    assert (told.job, told.since, told.process) == (job, NOW, "scheduler-here-1")
    assert "RuntimeError: no way" in told.reason
    assert "secret" not in told.reason
    assert told.hint
    assert "has failed since 2026-11-02 09:00 UTC" in told.message
    getattr(jobs, job)()
    assert built.health.failing_jobs() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_that_is_silent_tells_nothing_of_its_jobs(
    built: Services, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(built, "scheduler-here-1")
    monkeypatch.setattr(type(built.schedules), "fire_due", raising(DatabaseError("locked")))
    jobs.tick()
    assert [one.reason for one in built.health.failing_jobs()] == ["locked"]
    clock.advance(timedelta(hours=1))
    assert built.health.failing_jobs() == []
    assert not built.health.scheduler_alive()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_schedule_that_cannot_be_fired_is_named(
    built: Services, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.schedules.create("ann", every_minute("Aching"))
    good = built.schedules.create("ann", every_minute("Well", "amctwo"))
    failing(monkeypatch, built, "Aching", RuntimeError("by a test"))
    clock.set(TEN)
    Jobs(built, "scheduler-here-1").tick()
    [told] = built.health.failing_jobs()
    assert "'Aching': RuntimeError: by a test" in told.reason
    assert built.schedules.history(good.id)[0].verdict == "ran"


def test_what_stands_in_a_heartbeat_of_another_version_does_no_harm() -> None:
    for detail in (None, {}, {"jobs": []}, {"jobs": {"tick": 5}}, {"jobs": {"tick": {"a": 1}}}):
        assert failures_in(detail, "x") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_heartbeat_keeps_when_each_job_last_went_well(built: Services) -> None:
    jobs = Jobs(built, "scheduler-here-1")
    jobs.tick()
    jobs.heartbeat()
    with built.database.read() as session:
        detail = session.get_one(Heartbeat, "scheduler-here-1").detail
    assert detail["jobs"]["tick"]["last_ok_at"].startswith("2026-11-02T09:00:00")
