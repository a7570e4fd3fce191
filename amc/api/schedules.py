"""Schedules kept by AMC itself on one instance: daily or weekly, without parameters."""

from amc.api.base import read_one, read_pages
from amc.api.reporting import REPORTING, ReportingApi
from amc.api.wire import NativeSchedule
from amc.errors import UsageError
from amc.ids import WorkflowId

_SCHEDULES = REPORTING + "/schedules"
_SCHEDULE = _SCHEDULES + "/{scheduleId}"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def schedule_body(
    schedule_id: str,
    workflow_id: str,
    *,
    period: str,
    hour_utc: int,
    start_day: str | None,
    enabled: bool,
    require_synthetic_data: bool,
) -> dict[str, object]:
    """A schedule as Amazon takes it.

    Raises:
        UsageError: a value that Amazon would refuse.
    """
    if period not in ("Daily", "Weekly") or not 0 <= hour_utc <= 23:
        raise UsageError("A schedule of AMC is Daily or Weekly, at an hour from 0 to 23 UTC.")
    if start_day is not None and (period != "Weekly" or start_day not in DAYS):
        raise UsageError("Only a weekly schedule has a day, Monday to Sunday.")
    body: dict[str, object] = {
        "aggregationHourUtc": hour_utc,
        "aggregationPeriod": period,
        "scheduleEnabled": enabled,
        "scheduleId": schedule_id,
        "workflowId": workflow_id,
    }
    if start_day is not None:
        body["aggregationStartDay"] = start_day
    if require_synthetic_data:
        body["requireSyntheticData"] = True
    return body


class SchedulesMixin(ReportingApi):
    """Schedules of AMC's own. The product's schedules are its own and do not use these."""

    def list_schedules(self) -> list[NativeSchedule]:
        """`GET …/schedules`.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            NativeSchedule,
            lambda token: self._send(
                "schedules.list",
                "GET",
                _SCHEDULES,
                path=self._path(),
                query={"nextToken": token},
            ),
            key="schedules",
            identity=lambda item: item.schedule_id,
        )

    def get_schedule(self, schedule_id: str) -> NativeSchedule:
        """`GET …/schedules/{scheduleId}`.

        Raises:
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "schedules.get", "GET", _SCHEDULE, path=self._path(scheduleId=schedule_id)
        )
        return read_one(NativeSchedule, answer, "schedule")

    def create_schedule(
        self,
        schedule_id: str,
        workflow_id: WorkflowId | str,
        *,
        period: str,
        hour_utc: int,
        start_day: str | None = None,
        enabled: bool = True,
        require_synthetic_data: bool = False,
    ) -> None:
        """`POST …/schedules`.

        Raises:
            UsageError, ApiError: see `schedule_body`, `amc.errors`.
        """
        body = schedule_body(
            schedule_id,
            workflow_id,
            period=period,
            hour_utc=hour_utc,
            start_day=start_day,
            enabled=enabled,
            require_synthetic_data=require_synthetic_data,
        )
        self._send("schedules.create", "POST", _SCHEDULES, path=self._path(), body=body)

    def update_schedule(
        self,
        schedule_id: str,
        workflow_id: WorkflowId | str,
        *,
        period: str,
        hour_utc: int,
        start_day: str | None = None,
        enabled: bool = True,
        require_synthetic_data: bool = False,
    ) -> None:
        """`PUT …/schedules/{scheduleId}`: replace the whole schedule.

        Raises:
            UsageError, ApiError: see `schedule_body`, `amc.errors`.
        """
        body = schedule_body(
            schedule_id,
            workflow_id,
            period=period,
            hour_utc=hour_utc,
            start_day=start_day,
            enabled=enabled,
            require_synthetic_data=require_synthetic_data,
        )
        self._send(
            "schedules.update",
            "PUT",
            _SCHEDULE,
            path=self._path(scheduleId=schedule_id),
            body=body,
        )

    def delete_schedule(self, schedule_id: str) -> None:
        """`DELETE …/schedules/{scheduleId}`.

        Raises:
            ApiError: see `amc.errors`.
        """
        self._send("schedules.delete", "DELETE", _SCHEDULE, path=self._path(scheduleId=schedule_id))
