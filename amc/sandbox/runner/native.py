"""AMC's own schedules: daily or weekly at an hour of UTC, over the day or week before it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from amc.log import get_logger
from amc.sandbox.runner.accept import Ask
from amc.sandbox.runner.options import Options
from amc.sandbox.runner.windows import Window
from amc.sandbox.state import ScheduleStore, WorkflowStore

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A clock that jumps a year must not start a year of runs at once.
_CATCH_UP = timedelta(days=31)

log = get_logger(__name__)


def next_fire(doc: dict[str, Any], after: datetime) -> datetime:
    """The first time of a schedule after an instant."""
    hour = int(doc.get("aggregationHourUtc", 0))
    candidate = after.replace(hour=hour, minute=0, second=0, microsecond=0)
    while candidate <= after or not _is_day(doc, candidate):
        candidate += timedelta(days=1)
    return candidate


def _is_day(doc: dict[str, Any], at: datetime) -> bool:
    if doc.get("aggregationPeriod") != "Weekly":
        return True
    return bool(DAYS[at.weekday()] == doc.get("aggregationStartDay", "Monday"))


class NativeSchedules:
    """Fires what is due."""

    def __init__(
        self,
        schedules: ScheduleStore,
        workflows: WorkflowStore,
        accept: Callable[[Ask], Any],
        entity_of: Callable[[str], str | None],
        options: Options,
    ) -> None:
        """`accept` takes an execution; `entity_of` names an instance's account."""
        self._schedules, self._workflows = schedules, workflows
        self._accept, self._entity_of, self._options = accept, entity_of, options

    def next_time(self) -> datetime | None:
        """When the next one is due."""
        return self._schedules.next_time()

    def fire_due(self, now: datetime) -> int:
        """Fire every slot that has come; how many executions that made."""
        fired = 0
        for instance_id, first, doc in self._schedules.due(now):
            slot = first
            while slot <= now:
                if slot > now - _CATCH_UP:
                    fired += self._fire(instance_id, slot, doc)
                slot = next_fire(doc, slot)
            self._schedules.replace(instance_id, doc, slot)
        return fired

    def _fire(self, instance_id: str, slot: datetime, doc: dict[str, Any]) -> int:
        entity_id = self._entity_of(instance_id)
        workflow = self._workflows.get(instance_id, doc["workflowId"])
        if not doc.get("scheduleEnabled", True) or entity_id is None or workflow is None:
            return 0
        weekly = doc.get("aggregationPeriod") == "Weekly"
        window = Window(slot - timedelta(days=7 if weekly else 1), slot, "UTC")
        log.info(
            "native schedule fires",
            action="schedule.fire",
            instance=instance_id,
            schedule=doc["scheduleId"],
        )
        self._accept(
            Ask(
                entity_id=entity_id,
                instance_id=instance_id,
                client_id="",
                workflow_id=doc["workflowId"],
                definition=workflow,
                window=window,
                window_type="SCHEDULED",
                synthetic=doc.get("requireSyntheticData"),
                controls_off=bool(doc.get("disableAggregationControls")),
                category="SCHEDULED",
                schedule="weekly" if weekly else "daily",
                not_before=slot + timedelta(seconds=self._options.schedule_delay_s),
                body={"scheduleId": doc["scheduleId"], "slot": slot.isoformat()},
            )
        )
        return 1
