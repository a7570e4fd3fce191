"""/amc/instances/{instanceId}/advertisers and its updates."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.admin_models import AdvertiserChange, AdvertiserType
from amc.sandbox.http.answers import listed_with_null, reply
from amc.sandbox.http.caller import ForInstance
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.instance_book import NOT_FOR_INSTANT
from amc.sandbox.http.paging import LongPages, Pages
from amc.sandbox.http.sandbox import Local, Sandbox

router = APIRouter(prefix="/amc/instances/{instance_id}/advertisers", tags=["Advertisers"])

MOST_ADVERTISERS = 2000


@router.get("")
def list_advertisers(
    request: Request,
    local: Local,
    call: ForInstance,
    paging: LongPages,
    kind: Annotated[AdvertiserType | None, Query(alias="type")] = None,
) -> JSONResponse:
    """Advertisers whose data the instance holds."""
    found = _current(local, call.instance_id)
    if kind is not None:
        found = [item for item in found if item["type"] == kind]
    page, token = local.pager.cut(request, list(enumerate(found)), paging)
    return listed_with_null(request, "advertisers", page, token, totalCount=len(found))


@router.post("/updates")
def create_update(
    request: Request, local: Local, call: ForInstance, body: AdvertiserChange
) -> JSONResponse:
    """Ask to add or remove advertisers; one update at a time."""
    if call.account.instant:
        raise WireError(400, NOT_FOR_INSTANT)
    updates = local.updates.updates(call.instance_id)
    if any(_status(local, at) in ("PENDING", "UPDATING") for at, _ in updates):
        raise WireError(400, "An advertiser update is already in progress for this instance.")
    if not body.advertisers_to_add and not body.advertisers_to_remove:
        raise WireError(400, "advertisersToAdd and advertisersToRemove must not both be empty.")
    if len(_current(local, call.instance_id)) + len(body.advertisers_to_add) > MOST_ADVERTISERS:
        raise WireError(400, f"An instance can have at most {MOST_ADVERTISERS} advertisers.")
    doc = {
        "updateId": len(updates),
        "status": "PENDING",
        "advertisersToAdd": [item.document() for item in body.advertisers_to_add],
        "advertisersToRemove": [item.document() for item in body.advertisers_to_remove],
    }
    local.updates.add_update(call.instance_id, local.clock.now(), doc)
    return reply(request, {"advertiserUpdate": doc})


@router.get("/updates")
def list_updates(request: Request, local: Local, call: ForInstance, paging: Pages) -> JSONResponse:
    """Updates with their status."""
    found = [
        {"updateId": doc["updateId"], "status": _status(local, at)}
        for at, doc in local.updates.updates(call.instance_id)
    ]
    page, token = local.pager.cut(request, list(enumerate(found)), paging)
    return listed_with_null(request, "advertiserUpdates", page, token)


@router.get("/updates/{update_id}")
def get_update(request: Request, local: Local, call: ForInstance, update_id: str) -> JSONResponse:
    """One update."""
    for at, doc in local.updates.updates(call.instance_id):
        if str(doc["updateId"]) == update_id:
            return reply(request, {"advertiserUpdate": doc | {"status": _status(local, at)}})
    raise WireError(404, f"Advertiser update with ID {update_id} does not exist.")


def _status(local: Sandbox, asked_at: datetime) -> str:
    age = local.clock.now() - asked_at
    span = timedelta(seconds=local.options.provisioning_s)
    if age < span / 2:
        return "PENDING"
    return "UPDATING" if age < span else "COMPLETED"


def _current(local: Sandbox, instance_id: str) -> list[dict[str, Any]]:
    return local.instances.advertisers(
        instance_id, lambda asked_at: _status(local, asked_at) == "COMPLETED"
    )
