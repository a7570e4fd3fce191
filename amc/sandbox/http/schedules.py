"""/amc/reporting/{instanceId}/schedules: AMC's own, daily or weekly."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import SCHEDULES, listed, one, reply
from amc.sandbox.http.caller import ForInstance, InstanceCall
from amc.sandbox.http.errors import WireError, missing
from amc.sandbox.http.paging import Pages
from amc.sandbox.http.reporting_models import ScheduleBody
from amc.sandbox.http.sandbox import Local, Sandbox
from amc.sandbox.http.workflows import find as find_workflow
from amc.sandbox.runner.native import DAYS, next_fire

router = APIRouter(prefix="/amc/reporting/{instance_id}/schedules", tags=["Schedules"])


@router.get("")
def list_schedules(
    request: Request, local: Local, call: ForInstance, paging: Pages
) -> JSONResponse:
    """Schedules in the order of their making."""
    page, token = local.pager.cut(request, local.schedules.all(call.instance_id), paging)
    return listed(request, "schedules", page, token, SCHEDULES)


@router.post("")
def create_schedule(
    request: Request, local: Local, call: ForInstance, body: ScheduleBody
) -> JSONResponse:
    """Make a schedule over a saved workflow."""
    find_workflow(local, call, body.workflow_id)
    now = local.clock.now()
    doc = _document(body, DAYS[now.weekday()])
    if not local.schedules.add(call.instance_id, doc, next_fire(doc, now)):
        raise WireError(400, f"Schedule with ID {body.schedule_id} already exists.")
    local.runner.wake()
    return reply(request, {}, SCHEDULES)


@router.get("/{schedule_id}")
def get_schedule(
    request: Request, local: Local, call: ForInstance, schedule_id: str
) -> JSONResponse:
    """One schedule."""
    return one(request, "schedule", _find(local, call, schedule_id), SCHEDULES)


@router.put("/{schedule_id}")
def replace_schedule(
    request: Request, local: Local, call: ForInstance, schedule_id: str, body: ScheduleBody
) -> JSONResponse:
    """Replace the whole definition."""
    before = _find(local, call, schedule_id)
    if body.schedule_id != schedule_id:
        raise WireError(400, "scheduleId in the body does not match the path.")
    find_workflow(local, call, body.workflow_id)
    now = local.clock.now()
    doc = _document(body, before.get("aggregationStartDay", DAYS[now.weekday()]))
    local.schedules.replace(call.instance_id, doc, next_fire(doc, now))
    local.runner.wake()
    return reply(request, {}, SCHEDULES)


@router.delete("/{schedule_id}")
def delete_schedule(
    request: Request, local: Local, call: ForInstance, schedule_id: str
) -> JSONResponse:
    """Delete a schedule."""
    _find(local, call, schedule_id)
    local.schedules.delete(call.instance_id, schedule_id)
    return reply(request, {}, SCHEDULES)


def _document(body: ScheduleBody, day: str) -> dict[str, Any]:
    doc: dict[str, Any] = {
        "aggregationHourUtc": body.aggregation_hour_utc,
        "aggregationPeriod": body.aggregation_period,
        "scheduleEnabled": body.schedule_enabled,
        "scheduleId": body.schedule_id,
        "workflowId": body.workflow_id,
    }
    if body.aggregation_period == "Weekly":
        doc["aggregationStartDay"] = body.aggregation_start_day or day
    if body.require_synthetic_data is not None:
        doc["requireSyntheticData"] = body.require_synthetic_data
    if body.disable_aggregation_controls is not None:
        doc["disableAggregationControls"] = body.disable_aggregation_controls
    return doc


def _find(local: Sandbox, call: InstanceCall, schedule_id: str) -> dict[str, Any]:
    found = local.schedules.get(call.instance_id, schedule_id)
    if found is None:
        raise missing("Schedule", schedule_id)
    return found
