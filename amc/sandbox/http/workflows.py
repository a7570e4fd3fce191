"""/amc/reporting/{instanceId}/workflows."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import OCTETS, WORKFLOWS, listed, one, reply
from amc.sandbox.http.caller import ForInstance, InstanceCall
from amc.sandbox.http.errors import WireError, missing
from amc.sandbox.http.paging import Pages
from amc.sandbox.http.reporting_models import WorkflowBody
from amc.sandbox.http.sandbox import Local, Sandbox
from amc.sandbox.runner.port import Job, RefusedError
from amc.sandbox.runner.work import uncompilable

router = APIRouter(prefix="/amc/reporting/{instance_id}/workflows", tags=["Workflows"])


@router.get("")
def list_workflows(
    request: Request, local: Local, call: ForInstance, paging: Pages
) -> JSONResponse:
    """Saved workflows in the order of their making."""
    fetch = partial(local.workflows.page, call.instance_id)
    page, token = local.pager.page(request, fetch, paging)
    return listed(request, "workflows", page, token, WORKFLOWS)


@router.post("")
def create_workflow(
    request: Request, local: Local, call: ForInstance, body: WorkflowBody
) -> JSONResponse:
    """Save a workflow; its SQL is compiled first."""
    taken = WireError(400, f"Workflow with ID {body.workflow_id} already exists.")
    if local.workflows.get(call.instance_id, body.workflow_id) is not None:
        raise taken
    compile_early(local, call, body.workflow_id, body.document())
    if not local.workflows.add(call.instance_id, body.document()):
        raise taken
    return reply(request, {}, OCTETS)


@router.get("/{workflow_id}")
def get_workflow(
    request: Request, local: Local, call: ForInstance, workflow_id: str
) -> JSONResponse:
    """One workflow."""
    return one(request, "workflow", find(local, call, workflow_id), WORKFLOWS)


@router.put("/{workflow_id}")
def replace_workflow(
    request: Request, local: Local, call: ForInstance, workflow_id: str, body: WorkflowBody
) -> JSONResponse:
    """Replace the whole definition."""
    find(local, call, workflow_id)
    if body.workflow_id != workflow_id:
        raise WireError(400, "workflowId in the body does not match the path.")
    compile_early(local, call, workflow_id, body.document())
    local.workflows.replace(call.instance_id, body.document())
    return reply(request, {}, WORKFLOWS)


@router.delete("/{workflow_id}")
def delete_workflow(
    request: Request, local: Local, call: ForInstance, workflow_id: str
) -> JSONResponse:
    """Delete, unless a schedule refers to it."""
    find(local, call, workflow_id)
    schedule = local.schedules.using(call.instance_id, workflow_id)
    if schedule is not None:
        raise WireError(
            400, f"Workflow with ID {workflow_id} is referenced by schedule {schedule}."
        )
    local.workflows.delete(call.instance_id, workflow_id)
    return reply(request, {}, WORKFLOWS)


def find(local: Sandbox, call: InstanceCall, workflow_id: str) -> dict[str, Any]:
    """A saved workflow's document.

    Raises:
        WireError: there is none of that id.
    """
    found = local.workflows.get(call.instance_id, workflow_id)
    if found is None:
        raise missing("Workflow", workflow_id)
    return found


def compile_early(
    local: Sandbox, call: InstanceCall, workflow_id: str, definition: dict[str, Any]
) -> None:
    """Compile a workflow's text as it is saved.

    Raises:
        WireError: it does not compile (unless errors are to come late).
    """
    if local.options.compile_errors == "late":
        return
    job = Job(
        instance_id=call.instance_id,
        workflow_id=workflow_id,
        definition=definition,
        parameter_values={},
        window=None,
        synthetic=local.instances.is_sandbox(call.instance_id),
    )
    try:
        local.port.compile(job)
    except RefusedError as refusal:
        raise WireError(400, uncompilable(workflow_id, str(refusal))) from None
