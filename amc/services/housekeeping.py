"""Removing what nobody needs any more: old tries, states, engine records, published workflows."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import delete

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import OauthState
from amc.db.people import Session, SignInTicket, SignInTry
from amc.db.repos import executions as repo
from amc.errors import ApiError, RemoteMissingError
from amc.log import get_logger
from amc.services.amazon import Amazon

log = get_logger(__name__)

_ENGINE_RECORDS = timedelta(days=2)
_TRIES = timedelta(days=2)
_TICKETS = timedelta(hours=1)
_SESSIONS = timedelta(days=30)
_PUBLISHED_UNUSED = timedelta(days=30)
# No download takes so long.
_WORK = timedelta(days=2)


class Pruner(Protocol):
    """The engine's own records."""

    def prune(self, *, before: datetime, limit: int = 500) -> int:
        """Remove those of ended work from before an instant."""
        ...


class Housekeeping:
    """Runs once an hour in the scheduler process."""

    def __init__(
        self, database: Database, clock: Clock, engine: Pruner, amazon: Amazon, work_dir: Path
    ) -> None:
        """Keep the parts; `work_dir` is where results lie until they are stored."""
        self._database, self._clock = database, clock
        self._engine, self._amazon, self._work_dir = engine, amazon, work_dir

    def run(self) -> None:
        """One round."""
        now = self._clock.now()
        with self._database.write() as session:
            session.execute(delete(SignInTry).where(SignInTry.at < now - _TRIES))
            session.execute(delete(SignInTicket).where(SignInTicket.created_at < now - _TICKETS))
            session.execute(delete(OauthState).where(OauthState.created_at < now - _TICKETS))
            session.execute(delete(Session).where(Session.expires_at < now - _SESSIONS))
        pruned = self._engine.prune(before=now - _ENGINE_RECORDS)
        self._sweep_work(now)
        unpublished = self._unpublish()
        log.info(
            "housekeeping", action="housekeeping", engine_records=pruned, unpublished=unpublished
        )

    def _sweep_work(self, now: datetime) -> None:
        """Remove the half-fetched results of processes that were killed."""
        for folder in self._work_dir.glob("ex_*"):
            try:
                touched = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue  # its process has just ended
            if touched < now - _WORK:
                shutil.rmtree(folder, ignore_errors=True)

    def _unpublish(self) -> int:
        """Delete saved workflows of ours at Amazon that nothing has used for a month."""
        with self._database.read() as session:
            stale = [
                (row.id, row.amc_workflow_id, instance.instance_id)
                for row, instance in repo.stale_published(
                    session, self._clock.now() - _PUBLISHED_UNUSED
                )
            ]
        count = 0
        for key, workflow_id, instance_id in stale:
            try:
                self._amazon.instance(instance_id).delete_workflow(workflow_id)
            except RemoteMissingError:
                log.info(
                    "workflow was gone already",
                    action="housekeeping.unpublish",
                    workflow=workflow_id,
                )
            except ApiError as exc:
                log.warning(
                    "workflow stays",
                    action="housekeeping.unpublish",
                    workflow=workflow_id,
                    reason=exc.message,
                )
                continue
            with self._database.write() as session:
                repo.forget_published(session, key)
            count += 1
        return count
