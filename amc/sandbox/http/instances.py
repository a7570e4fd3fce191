"""/amc/instances: AMC administration."""

import re

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from amc.sandbox.http.admin_models import AwsAccountBody, InstanceBody, InstanceChange
from amc.sandbox.http.answers import OCTETS, listed_with_null, reply
from amc.sandbox.http.caller import ForAccount, ForInstance
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.instance_book import NOT_FOR_INSTANT
from amc.sandbox.http.paging import Pages
from amc.sandbox.http.sandbox import Local

router = APIRouter(prefix="/amc/instances", tags=["Instances"])


@router.get("")
def list_instances(request: Request, local: Local, call: ForAccount, paging: Pages) -> JSONResponse:
    """Instances of the account in the headers."""
    documents = local.instances.all(call.account)
    page, token = local.pager.cut(request, list(enumerate(documents)), paging)
    return listed_with_null(request, "instances", page, token)


@router.get("/{instance_id}")
def get_instance(request: Request, local: Local, call: ForInstance) -> JSONResponse:
    """One instance, wrapped."""
    return reply(request, {"instance": local.instances.get(call.instance_id)})


@router.post("")
def create_instance(
    request: Request, local: Local, call: ForAccount, body: InstanceBody
) -> JSONResponse:
    """Ask for an instance; the same idempotency token within ten minutes gives the same one."""
    document = local.instances.create(call.account, body.document())
    return reply(request, {"instance": document})


@router.put("/{instance_id}")
def change_instance(
    request: Request, local: Local, call: ForInstance, body: InstanceChange
) -> JSONResponse:
    """Change names, bucket or AWS account of a completed instance."""
    changed = body.document()
    if not changed:
        raise WireError(400, "At least one field must be provided.")
    document = local.instances.change(call.account, call.instance_id, changed)
    return reply(request, {"instance": document})


@router.delete("/{instance_id}", status_code=204)
def delete_instance(local: Local, call: ForInstance) -> Response:
    """Delete a completed instance."""
    local.instances.delete(call.account, call.instance_id)
    return Response(status_code=204)


@router.get("/{instance_id}/collaboration")
def get_collaboration(request: Request, local: Local, call: ForInstance) -> JSONResponse:
    """The AWS Clean Rooms collaboration of an instance that was made with one."""
    if call.account.instant:
        raise WireError(400, NOT_FOR_INSTANT)
    found = (local.instances.get(call.instance_id) or {}).get("acrCollaboration")
    if found is None:
        raise WireError(404, f"Instance {call.instance_id} has no collaboration.")
    return reply(request, {"collaboration": found})


@router.post("/{instance_id}/updateCustomerAwsAccount")
def update_aws_account(
    request: Request, local: Local, call: ForInstance, body: AwsAccountBody
) -> JSONResponse:
    """Set the customer's AWS account; answers where to start its stack."""
    changed = {"awsAccountId": body.aws_account_id}
    if body.bucket_name:
        changed["s3BucketName"] = body.bucket_name
    local.instances.change(call.account, call.instance_id, changed)
    stack = re.sub(r"[^a-z0-9]", "", call.instance_id)
    address = (
        "https://console.aws.amazon.com/cloudformation/home#/stacks/create/review"
        f"?stackName=amc-{stack}"
    )
    return reply(request, {"cfnBucketUrl": address}, OCTETS)
