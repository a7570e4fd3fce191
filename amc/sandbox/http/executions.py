"""/amc/reporting/{instanceId}/workflowExecutions: create, get, cancel."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import EXECUTIONS, one, reply
from amc.sandbox.http.caller import ForInstance, InstanceCall
from amc.sandbox.http.errors import WireError, missing
from amc.sandbox.http.reporting_models import ExecutionBody, ExecutionChange
from amc.sandbox.http.sandbox import Local, Sandbox
from amc.sandbox.http.wire import QueryFlag
from amc.sandbox.http.workflows import find as find_workflow
from amc.sandbox.runner.accept import DEFAULT_TIMEOUT_S, Ask
from amc.sandbox.runner.port import Job, RefusedError
from amc.sandbox.runner.windows import Window, WindowRefusedError, resolve
from amc.sandbox.runner.work import uncompilable
from amc.sandbox.state import ExecutionRow

router = APIRouter(prefix="/amc/reporting/{instance_id}/workflowExecutions", tags=["Executions"])


@router.post("")
def create_execution(
    request: Request, local: Local, call: ForInstance, body: ExecutionBody
) -> JSONResponse:
    """Run a saved workflow, or a text that is not saved."""
    definition = _definition(local, call, body)
    zulu = _ends_in_z(body)
    if zulu and local.options.zulu_windows == "refuse":
        raise WireError(400, "timeWindowStart and timeWindowEnd must not have a time zone offset.")
    window = _window(local, body)
    ask = Ask(
        entity_id=call.account.entity_id,
        instance_id=call.instance_id,
        client_id=call.caller.client_id,
        workflow_id=body.workflow_id,
        definition=definition,
        window=window,
        window_type=body.time_window_type,
        parameter_values=dict(body.parameter_values or {}),
        body=body.document(),
        request_id=request.scope["amc_request_id"],
        timeout_s=body.workflow_execution_timeout_seconds or DEFAULT_TIMEOUT_S,
        dry_run=bool(body.dry_run),
        skip_publish=bool(body.skip_publish),
        synthetic=body.require_synthetic_data,
        controls_off=bool(body.disable_aggregation_controls),
        ignore_gaps=bool(body.ignore_data_gaps),
        advertisers=tuple(item.document() for item in body.advertisers or ()),
        comes_empty=zulu and local.options.zulu_windows == "empty",
    )
    if local.options.compile_errors == "early":
        _compile_early(local, ask)
    row = local.runner.accept(ask)
    return one(request, "workflowExecution", _view(local, row, created=True), EXECUTIONS)


def _definition(local: Sandbox, call: InstanceCall, body: ExecutionBody) -> dict[str, Any]:
    if body.workflow is not None and body.workflow_id is not None:
        raise WireError(400, "Only one of workflowId and workflow may be provided.")
    if body.workflow is not None:
        return body.workflow.document()
    if body.workflow_id is None:
        raise WireError(400, "Either workflowId or workflow must be provided.")
    return find_workflow(local, call, body.workflow_id)


def _ends_in_z(body: ExecutionBody) -> bool:
    times = (body.time_window_start, body.time_window_end)
    return body.time_window_type == "EXPLICIT" and any((text or "").endswith("Z") for text in times)


def _window(local: Sandbox, body: ExecutionBody) -> Window:
    try:
        return resolve(
            body.time_window_type,
            body.time_window_start,
            body.time_window_end,
            body.time_window_time_zone,
            local.clock.now(),
        )
    except WindowRefusedError as refusal:
        raise WireError(400, str(refusal)) from None


def _compile_early(local: Sandbox, ask: Ask) -> None:
    workflow_id = ask.workflow_id or f"transient_{uuid.uuid4()}"
    job = Job(
        instance_id=ask.instance_id,
        workflow_id=workflow_id,
        definition=ask.definition,
        parameter_values=ask.parameter_values,
        window=ask.window,
        synthetic=bool(ask.synthetic),
    )
    try:
        local.port.compile(job)
    except RefusedError as refusal:
        raise WireError(400, uncompilable(workflow_id, str(refusal))) from None


@router.get("/{execution_id}")
def get_execution(
    request: Request,
    local: Local,
    call: ForInstance,
    execution_id: str,
    include_workflow: Annotated[QueryFlag, Query(alias="includeWorkflow")] = None,
) -> JSONResponse:
    """One execution as it now stands."""
    row = find(local, call, execution_id)
    view = _view(local, row, with_sql=bool(include_workflow))
    return one(request, "workflowExecution", view, EXECUTIONS)


@router.put("/{execution_id}")
def change_execution(
    request: Request,
    local: Local,
    call: ForInstance,
    execution_id: str,
    body: ExecutionChange | None = None,
) -> JSONResponse:
    """Cancel by `{"status": "CANCELLED"}`; other fields are taken and do nothing."""
    row = find(local, call, execution_id)
    status = body.status if body else None
    if status is not None and status != "CANCELLED":
        raise WireError(400, f"Invalid value for status: {status}.")
    if status == "CANCELLED":
        _cancel(local, row)
    return reply(request, {}, EXECUTIONS)


@router.delete("/{execution_id}")
def cancel_execution(
    request: Request, local: Local, call: ForInstance, execution_id: str
) -> JSONResponse:
    """Cancel, in the way of the guide."""
    _cancel(local, find(local, call, execution_id))
    return reply(request, {}, EXECUTIONS)


def _cancel(local: Sandbox, row: ExecutionRow) -> None:
    if local.runner.cancel(row.execution_id) is None:
        now = local.executions.by_id(row.execution_id)
        status = now.status if now else row.status
        if status == "CANCELLED":
            return
        raise WireError(
            400,
            f"Workflow execution with ID {row.execution_id} cannot be cancelled "
            f"because it is in status {status}.",
        )


def find(local: Sandbox, call: InstanceCall, execution_id: str) -> ExecutionRow:
    """An execution of the instance.

    Raises:
        WireError: there is none of that id.
    """
    row = local.executions.get(call.instance_id, execution_id)
    if row is None:
        raise missing("Workflow execution", execution_id)
    return row


def _view(
    local: Sandbox, row: ExecutionRow, *, with_sql: bool = False, created: bool = False
) -> dict[str, Any]:
    return view(row, with_sql=with_sql, channels=local.options.wrapped and not created)


def view(row: ExecutionRow, *, with_sql: bool = False, channels: bool = False) -> dict[str, Any]:
    """The document that callers see; output channels belong to the form of the spec."""
    doc = dict(row.doc, status=row.status)
    if row.status == "RUNNING" and "shown_status" in row.private:
        doc["status"] = row.private["shown_status"]
    if with_sql:
        doc["sqlQuery"] = row.private["definition"]["sqlQuery"]
    if channels:
        doc["outputChannels"] = _channels(row)
    return doc


def _channels(row: ExecutionRow) -> list[dict[str, Any]]:
    if row.live:
        download: tuple[str, str | None] = ("PENDING", None)
    elif row.private.get("files"):
        download = ("AVAILABLE", None)
    else:
        download = ("UNAVAILABLE", "No output was written")
    return [
        {"channel": {"type": "DOWNLOAD"}, "status": download[0], "statusReason": download[1]},
        {
            "channel": {"type": "PUBLISH"},
            "status": "UNAVAILABLE",
            "statusReason": "No bucket configured",
        },
    ]
