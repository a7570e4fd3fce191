"""Finding an execution of ours in Amazon's list: sent, and not known to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc.api.client import InstanceApi
from amc.api.wire import WorkflowExecution
from amc.db.models import Execution
from amc.db.repos import executions as repo
from amc.db.repos import restores
from amc.services.restores import LOOK_FOR
from amc.services.running.transitions import Transitions

# Amazon's clock and ours may differ; a run of ours cannot be older than the intent by more.
CLOCK_SKEW = timedelta(minutes=5)
# The span that a restore forgot is taken this much wider at both ends, whatever the clocks showed:
# what else was sent of the same belongs to rows of ours, so it is not free.
_RESTORE_MARGIN = timedelta(hours=2)
_ENDED_BADLY = ("FAILED", "REJECTED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an execution must be like: one of ours, of the same text, values and window."""

    instance_key: int
    workflow_id: str
    values: Mapping[str, Any]
    window: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Lost:
    """Between these two the database forgot what it sent: a backup was put back.

    `any_end`: the run was there already, or its slot had come; then an execution that failed or
    was cancelled is its end as well. What a person starts afterwards takes up no such one.
    """

    since: datetime
    restored_at: datetime
    any_end: bool


def lost_by(session: Session, row: Execution, now: datetime) -> Lost | None:
    """Whether this run may have been sent before a backup was put back."""
    mark = restores.restored(session)
    if mark is None:
        return None
    begun = row.created_at
    if row.slot_id is not None:
        begun = restores.slot_at(session, row.slot_id) or begun
    before = begun <= mark.restored_at
    if before or (row.slot_id is None and now - mark.restored_at <= LOOK_FOR):
        return Lost(mark.as_of, mark.restored_at, before)
    return None


class Finding:
    """Looks in the list of one workflow; what belongs to another row of ours is not free."""

    def __init__(self, transitions: Transitions) -> None:
        """Keep the shared part."""
        self._t = transitions

    def sent_since(
        self, wanted: Wanted, api: InstanceApi, intent_at: datetime
    ) -> WorkflowExecution | None:
        """The one that was created nearest to the intent."""
        free = self._free(wanted, api, intent_at - CLOCK_SKEW)
        return min(free, key=lambda c: _distance(c, intent_at), default=None)

    def sent_before_restore(
        self, wanted: Wanted, api: InstanceApi, lost: Lost
    ) -> WorkflowExecution | None:
        """The first one that was created in the span which the database forgot."""
        until = lost.restored_at + _RESTORE_MARGIN
        free = [
            item
            for item in self._free(wanted, api, lost.since - _RESTORE_MARGIN, until)
            if _says_window(item)
            and item.create_time is not None
            and item.create_time <= until
            and (lost.any_end or item.status not in _ENDED_BADLY)
            # The files of an old result are gone; then there is nothing to take up.
            and (item.expire_time is None or item.expire_time > self._t.clock.now())
        ]
        return min(free, key=lambda c: _distance(c, lost.since), default=None)

    def _free(
        self, wanted: Wanted, api: InstanceApi, since: datetime, until: datetime | None = None
    ) -> list[WorkflowExecution]:
        candidates = [
            item
            for item in api.list_executions(
                since=since, until=until, workflow_id=wanted.workflow_id, include_cancelled=True
            )
            if item.workflow_id == wanted.workflow_id
            and (item.create_time is None or item.create_time >= since)
            and _same_window(item, wanted.window)
            and _same_values(item.parameter_values, wanted.values)
        ]
        with self._t.database.read() as session:
            taken = repo.claimed_ids(
                session, wanted.instance_key, [c.workflow_execution_id for c in candidates]
            )
        return [c for c in candidates if c.workflow_execution_id not in taken]


def _says_window(item: WorkflowExecution) -> bool:
    """Over the days of a lost span one text runs with many windows: one must be named."""
    return bool(item.time_window_start_original)


def _same_window(item: WorkflowExecution, window: tuple[str, str, str]) -> bool:
    start, end, zone = window
    if item.time_window_start_original:
        return (
            item.time_window_start_original == start
            and item.time_window_end_original == end
            and (item.time_window_time_zone_original or "UTC") == zone
        )
    return True


def _same_values(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Compare as text: Amazon may echo numbers as strings."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, bool):
            return str(value).lower()
        return str(value)

    return {k: plain(v) for k, v in theirs.items()} == {k: plain(v) for k, v in ours.items()}


def _distance(item: WorkflowExecution, at: datetime) -> float:
    if item.create_time is None:
        return 0.0
    return abs((item.create_time - at).total_seconds())
