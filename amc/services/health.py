"""Who lives: heartbeats of the processes, and what that means for the analyst."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Heartbeat
from amc.db.repos import health as repo
from amc.errors import SchedulerDownError
from amc.services.scheduling.jobs import JobFailure, failures_in
from amc.settings import Settings

SCHEDULER = "scheduler"


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """A process as last heard of."""

    name: str
    kind: str
    at: datetime
    started_at: datetime
    alive: bool


class HealthService:
    """Heartbeats, and the question whether anybody carries the work on."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        """Keep the parts."""
        self._database, self._clock, self._settings = database, clock, settings

    def beat(
        self, name: str, kind: str, started_at: datetime, detail: dict[str, Any] | None = None
    ) -> None:
        """Say that a process lives, and how its jobs go (`JobStates`)."""
        with self._database.write() as session:
            session.merge(
                Heartbeat(
                    name=name,
                    kind=kind,
                    at=self._clock.now(),
                    started_at=started_at,
                    detail=detail or {},
                )
            )

    def gone(self, name: str) -> None:
        """Say that a process has ended in order."""
        with self._database.write() as session:
            row = session.get(Heartbeat, name)
            if row is not None:
                session.delete(row)

    def processes(self) -> list[ProcessHealth]:
        """All processes heard of in the last day."""
        now = self._clock.now()
        with self._database.read() as session:
            return [
                ProcessHealth(
                    row.name, row.kind, row.at, row.started_at, now - row.at <= self._dead_after
                )
                for row in repo.heartbeats(session)
                if now - row.at < timedelta(days=1)
            ]

    def failing_jobs(self) -> list[JobFailure]:
        """The jobs that fail in processes that live, the longest first."""
        now = self._clock.now()
        with self._database.read() as session:
            found = [
                failure
                for row in repo.heartbeats(session)
                if now - row.at <= self._dead_after
                for failure in failures_in(row.detail, row.name)
            ]
        return sorted(found, key=lambda one: (one.since, one.job))

    def unreadable_rows(self) -> list[tuple[str, str, str]]:
        """Rows that cannot be read: table, name, reason. Schedules tell theirs themselves."""
        with self._database.read() as session:
            return [
                (entity.__tablename__, row.name, row.reason)
                for entity in repo.LISTED
                for row in repo.unreadable(session, entity)
            ]

    def scheduler_alive(self) -> bool:
        """Whether a scheduler was heard of lately."""
        return any(p.alive for p in self.processes() if p.kind == SCHEDULER)

    def require_scheduler(self) -> None:
        """Refuse to wait for something that nobody works on.

        Raises:
            SchedulerDownError: no scheduler lives.
        """
        if not self.scheduler_alive():
            raise SchedulerDownError

    def check_database(self) -> None:
        """Ask the database for an answer; see `Database.ping`."""
        self._database.ping()

    @property
    def _dead_after(self) -> timedelta:
        # The clock may run at a factor; heartbeats are spaced in real seconds then.
        return timedelta(seconds=self._settings.dead_after_s * clock_factor(self._clock))


def clock_factor(clock: Clock) -> float:
    """How many seconds of this clock pass in a real one."""
    return float(getattr(clock, "factor", 1.0))
