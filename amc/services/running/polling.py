"""Looking at Amazon: one list call for each instance, not one call for each run."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc.api.client import InstanceApi
from amc.api.wire import WorkflowExecution
from amc.db.engine import Database
from amc.db.models import Execution
from amc.db.repos import executions as repo
from amc.db.repos import fleet
from amc.db.repos.executions import PollState
from amc.errors import AmcError, ApiError, KeyFileError, MissingError, RemoteMissingError
from amc.log import get_logger
from amc.services.amazon import Amazon
from amc.services.causes import explain_reason
from amc.services.running.transitions import POLL, Transitions
from amc.settings import Settings

log = get_logger(__name__)

_AT_AMAZON = {"PENDING": "PENDING", "RUNNING": "RUNNING", "PUBLISHING": "PUBLISHING"}
_ENDED_BADLY = ("FAILED", "REJECTED", "CANCELLED")
# The next look comes after this part of the age of the youngest run.
_AGE_SHARE = 8
# All looks together may use this part of the rate budget.
_BUDGET_SHARE = 0.15
# Between two requests to cancel the same execution.
_ASK_AGAIN_S = 15.0
# How long an accepted run may be missing from Amazon's answers before it counts as gone.
_MISSING_AFTER = timedelta(minutes=10)


def interval_s(state: PollState, now: datetime, instances: int, settings: Settings) -> float:
    """The wait between two looks at one instance, in seconds.

    It grows with the age of the youngest run there, and with the number of instances that are
    looked at, so that looking never eats the rate budget.
    """
    age = (now - state.youngest_submitted_at).total_seconds()
    wait = min(settings.poll_max_s, max(settings.poll_min_s, age / _AGE_SHARE))
    floor = instances / (settings.rate_per_s * _BUDGET_SHARE) if age > 60 else 0.0
    return settings.poll_min_s if state.cancelling else max(wait, floor)


class Polling:
    """Finds out which instances are due, and looks."""

    def __init__(self, transitions: Transitions, amazon: Amazon) -> None:
        """Keep the parts."""
        self._t, self._amazon = transitions, amazon
        self._asked: dict[str, float] = {}  # execution → when this process asked to cancel it

    @property
    def _database(self) -> Database:
        return self._t.database

    def enqueue_due(self) -> int:
        """Enqueue a look at each instance that is due; how many. The scheduler's part."""
        now = self._t.clock.now()
        with self._database.read() as session:
            states = repo.poll_states(session)
        due = [s for s in states if self._is_due(s, now, len(states))]
        if not due:
            return 0
        with self._database.write() as session:
            for state in due:
                # The key names the look before: two schedulers enqueue the same one.
                last = state.polled_at.timestamp() if state.polled_at else 0
                self._t.engine.enqueue(
                    session,
                    POLL,
                    f"poll-{state.instance_key}-{state.oldest_submitted_at.timestamp()}-{last}"
                    f"-{int(now.timestamp() // max(60.0, self._t.settings.poll_max_s))}",
                    {"instance": state.instance_key},
                )
        return len(due)

    def _is_due(self, state: PollState, now: datetime, instances: int) -> bool:
        last = state.polled_at or state.youngest_submitted_at
        wait = interval_s(state, now, instances, self._t.settings)
        # A look in the future: the clock was set back, and nobody can say when it was.
        return last > now or (now - last).total_seconds() >= wait

    def step(self, payload: dict[str, Any]) -> None:
        """The engine's entry: `{"instance": key}`."""
        self.look(int(payload["instance"]))

    def look(self, instance_key: int) -> None:
        """Bring all executions of one instance up to date with one call."""
        with self._database.read() as session:
            rows = repo.polled_rows(session, instance_key)
            if not rows:
                return
            instance = fleet.instance_by_key(session, instance_key).instance_id
        try:
            api = self._amazon.instance(instance)
            self._cancel(api, rows)
            found = self._fetch(api, rows)
        except (ApiError, KeyFileError, MissingError) as exc:
            log.warning(
                "instance cannot be looked at",
                action="poll.failed",
                instance=instance,
                reason=str(exc),
            )
            self._looked(instance_key, exc)
            return
        now = self._t.clock.now()
        with self._database.write() as session:
            for row in repo.polled_rows(session, instance_key, lock=True):
                row.polled_at = now
                self._t.key_is_back(row)
                answer = found.get(row.amc_execution_id or "")
                if answer is not None:
                    self._apply(session, row, answer)
                elif row.submitted_at and now - row.submitted_at > _MISSING_AFTER:
                    self._vanished(session, row)
                self._flag_stalled(session, row, now)

    def _looked(self, instance_key: int, why: AmcError) -> None:
        """Remember a look that failed, so that the next one waits its time."""
        with self._database.write() as session:
            for row in repo.polled_rows(session, instance_key, lock=True):
                row.polled_at = self._t.clock.now()
                if isinstance(why, KeyFileError):
                    self._t.wait_for_key(session, row, why)

    def _fetch(self, api: InstanceApi, rows: Sequence[Execution]) -> dict[str, WorkflowExecution]:
        since = min(r.submitted_at or r.created_at for r in rows) - timedelta(minutes=5)
        found = {
            item.workflow_execution_id: item
            for item in api.list_executions(since=since, include_cancelled=True)
        }
        for row in rows:
            wanted = row.amc_execution_id
            if wanted and wanted not in found:
                try:
                    found[wanted] = api.get_execution(wanted)
                except RemoteMissingError:
                    continue
        return found

    def _apply(self, session: Session, row: Execution, answer: WorkflowExecution) -> None:
        status = answer.status
        if status != row.amc_status:
            row.amc_status = status
        if answer.output_columns:
            row.output_columns = answer.output_columns
        if status in _ENDED_BADLY:
            reason = answer.status_reason or ""
            cause = None
            if status != "CANCELLED":
                cause = explain_reason(reason, rejected=status == "REJECTED")
            self._t.finish(session, row, status, reason=reason, cause=cause)
        elif status == "SUCCEEDED":
            self._t.enter(session, row, "DOWNLOADING")
            self._t.free_place(session, row)
        elif status in _AT_AMAZON and _AT_AMAZON[status] != row.state:
            self._t.enter(session, row, _AT_AMAZON[status])
        elif status not in _AT_AMAZON:
            # A word that we do not know: shown as it is, and looked at again.
            log.warning(
                "unknown status",
                action="poll.unknown_status",
                status=status,
                execution=row.public_id,
            )

    def _vanished(self, session: Session, row: Execution) -> None:
        self._t.finish(
            session,
            row,
            "FAILED",
            reason="Amazon does not know this execution any more.",
            cause=explain_reason("the execution does not exist any more"),
        )

    def _flag_stalled(self, session: Session, row: Execution, now: datetime) -> None:
        since = row.submitted_at or row.created_at
        late = (now - since).total_seconds() > self._t.settings.stalled_after_s
        if late and not row.stalled and row.state in repo.POLLED:
            row.stalled = True
            self._t.note(session, row, "stalled: Amazon has not ended it for long")

    # Cancel

    def cancel_step(self, payload: dict[str, Any]) -> None:
        """The engine's entry: an execution that somebody wants to stop."""
        with self._database.read() as session:
            found = repo.one(session, str(payload["execution"]))
        # Before Amazon has it there is nothing to ask: whoever sends it looks first.
        if found is not None and found[0].state in repo.POLLED:
            self.look(found[0].instance_id)

    def _cancel(self, api: InstanceApi, rows: Sequence[Execution]) -> None:
        """Ask Amazon to cancel what somebody wants to stop; its own answer decides.

        It is asked again while it does not confirm: an answer may have been lost, and whoever
        asked first may be dead.
        """
        now = self._t.clock.monotonic()
        for row in rows:
            if row.cancel_requested_at is None or row.amc_execution_id is None:
                self._asked.pop(row.public_id, None)
                continue
            if now - self._asked.get(row.public_id, -_ASK_AGAIN_S) < _ASK_AGAIN_S:
                continue
            self._asked[row.public_id] = now
            try:
                api.cancel_execution(row.amc_execution_id)
            except KeyFileError:
                self._asked.pop(row.public_id)  # it was not
                raise
            except ApiError as exc:
                words = f"cancel refused: {exc.message}"
                if exc.transient:
                    words = f"cancel is asked for again: {exc.message}"
                self._note_once(row.public_id, words, exc.request_id)

    def _note_once(self, execution: str, words: str, request_id: str) -> None:
        with self._database.write() as session:
            row = repo.row(session, execution, lock=True)
            if row is None or row.state not in repo.POLLED:
                return
            if words not in {event.text for event in repo.events(session, row.id)}:
                self._t.note(session, row, words, request_id)
