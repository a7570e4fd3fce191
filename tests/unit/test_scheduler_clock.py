"""A clock that is set back: APScheduler alone would stand still until it is there again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from amc.clock import FrozenClock
from amc.scheduler.process import ClockWatch, build_scheduler, run_all_now
from amc.settings import Settings


class Jobs:
    """Jobs that do nothing."""

    def heartbeat(self) -> None: ...
    def tick(self) -> None: ...
    def poll(self) -> None: ...
    def sweep(self) -> None: ...
    def refresh(self) -> None: ...
    def housekeeping(self) -> None: ...


def test_only_a_step_back_is_noticed_and_only_once() -> None:
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    clock = FrozenClock(now)
    watch = ClockWatch(clock)
    clock.advance(timedelta(hours=3))
    assert not watch.was_set_back()
    clock.set(now + timedelta(hours=9))
    assert not watch.was_set_back()
    clock.set(now + timedelta(hours=7))
    assert watch.was_set_back()
    clock.advance(timedelta(seconds=1))
    assert not watch.was_set_back()
    clock.set(clock.now() - timedelta(seconds=1))  # a correction by NTP
    assert not watch.was_set_back()


def test_jobs_that_wait_for_a_time_long_ahead_run_at_once() -> None:
    jobs: Any = Jobs()
    scheduler = build_scheduler(jobs, Settings(_env_file=None))  # type: ignore[call-arg]
    scheduler.start(paused=True)
    try:
        ahead = datetime.now(UTC) + timedelta(hours=2)
        for job in scheduler.get_jobs():
            job.modify(next_run_time=ahead)
        run_all_now(scheduler)
        due = {job.id: job.next_run_time for job in scheduler.get_jobs()}
        assert set(due) > {"heartbeat", "tick", "poll", "sweep", "housekeeping"}
        assert all(at <= datetime.now(UTC) for at in due.values())
    finally:
        scheduler.shutdown(wait=False)
