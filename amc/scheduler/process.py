"""The APScheduler process: a clock over our tables, and by default the engine's worker too.

APScheduler holds a few interval jobs and no schedule of its own: what is due stands in our
tables, so any number of these processes may run at once.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from amc.clock import Clock, SystemClock
from amc.container import Services, build_services
from amc.errors import AmcError
from amc.log import configure, get_logger
from amc.services.health import SCHEDULER
from amc.services.scheduling.jobs import JobStates
from amc.settings import Settings, load_settings

log = get_logger(__name__)

_HOUSEKEEPING_S = 3600.0
_REFRESH_S = 60.0
_LOOK_AT_CLOCK_S = 1.0
_A_JUMP_S = 2.0


class Jobs:
    """The interval jobs; an error in one is logged and never ends the process."""

    def __init__(self, services: Services, name: str) -> None:
        """Keep the services; `name` is this process's in the heartbeats."""
        self._services, self._name = services, name
        self._started_at: datetime = services.clock.now()
        self._states = JobStates(services.clock)

    def heartbeat(self) -> None:
        """Say that this process lives."""
        self._guard("heartbeat", self._beat)

    def _beat(self) -> None:
        detail = self._states.as_detail()
        self._services.health.beat(self._name, SCHEDULER, self._started_at, detail)

    def tick(self) -> None:
        """Fire the slots that have come."""
        self._guard("tick", self._services.schedules.fire_due)

    def poll(self) -> None:
        """Have instances looked at that are due."""
        self._guard("poll", self._services.polling.enqueue_due)

    def sweep(self) -> None:
        """Take up what nobody works on."""
        self._guard("watermark", self._services.restores.watch)
        self._guard("sweep", self._services.sweeping.sweep)
        self._guard("names", self._services.names.sweep)

    def refresh(self) -> None:
        """Ask about instances, and for names, that nobody asked for in a day."""
        self._guard("refresh", self._services.instances.refresh_old)
        self._guard("names_due", self._services.names.request_due)
        self._guard("rows", self._services.schedules.set_aside_unreadable)

    def clock_set_back(self) -> None:
        """The rate budget holds times of the clock that was wrong."""
        self._guard("clock_set_back", self._services.budget.clock_was_set_back)

    def housekeeping(self) -> None:
        """Remove what nobody needs any more."""
        self._guard("housekeeping", self._services.housekeeping.run)

    def _guard(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
        except AmcError as exc:
            log.warning("job failed", action=f"scheduler.{name}", reason=str(exc))
            news = self._states.failed(name, exc)
        except Exception as exc:
            log.exception("job failed", action=f"scheduler.{name}")
            news = self._states.failed(name, exc)
        else:
            news = self._states.went_well(name)
        if news and name != "heartbeat":
            self.heartbeat()  # told at once


def build_scheduler(jobs: Jobs, settings: Settings) -> BackgroundScheduler:
    """The interval jobs in memory. A late job runs once: misfires are never dropped."""
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job, seconds in (
        (jobs.heartbeat, settings.heartbeat_s),
        (jobs.tick, min(settings.tick_s, 5.0)),
        (jobs.poll, min(1.0, settings.poll_min_s)),
        (jobs.sweep, settings.tick_s),
        (jobs.refresh, _REFRESH_S),
        (jobs.housekeeping, _HOUSEKEEPING_S),
    ):
        scheduler.add_job(job, "interval", seconds=seconds, id=job.__name__)
    return scheduler


class ClockWatch:
    """Notices that the machine's clock was set back, by the one that cannot be set."""

    def __init__(self, clock: Clock) -> None:
        """Begin with what both show now."""
        self._clock = clock
        self._ahead_s = self._difference()

    def was_set_back(self) -> bool:
        """Whether the wall clock went back since the last call, by more than a correction."""
        before, self._ahead_s = self._ahead_s, self._difference()
        return self._ahead_s < before - _A_JUMP_S

    def _difference(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


def run_all_now(scheduler: BackgroundScheduler) -> None:
    """Have every job run at once, and from then on at its interval.

    APScheduler waits for wall times: after a clock was set back by an hour, nothing would move
    for an hour.
    """
    for job in scheduler.get_jobs():
        job.modify(next_run_time=SystemClock().now())


def main() -> int:
    """Run until SIGTERM or Ctrl-C; gives the exit code."""
    stop = threading.Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        settings = load_settings()
        configure(json_lines=settings.log_json, level=settings.log_level)
        run(settings, stop)
    except AmcError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code
    return 0


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until `stop` is set."""
    services = build_services(settings)
    name = f"{SCHEDULER}-{socket.gethostname()}-{os.getpid()}"
    jobs = Jobs(services, name)
    # Before anything is sent: what was sent since a backup that was put back is looked for.
    services.restores.watch(at_start=True)
    worker = services.new_worker()
    worker.start()
    scheduler = build_scheduler(jobs, settings)
    jobs.heartbeat()
    jobs.sweep()
    jobs.tick()
    scheduler.start()
    log.info("scheduler ready", action="scheduler.start", name=name)
    watch = ClockWatch(SystemClock())
    try:
        while not stop.wait(_LOOK_AT_CLOCK_S):
            if watch.was_set_back():
                log.warning("clock was set back", action="scheduler.clock_set_back")
                jobs.clock_set_back()
                run_all_now(scheduler)
    finally:
        scheduler.shutdown(wait=False)
        worker.stop()
        services.health.gone(name)
        services.close()
        log.info("scheduler ended", action="scheduler.stop", name=name)
