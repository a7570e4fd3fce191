"""/v2/profiles: the advertising profiles of a login."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import reply
from amc.sandbox.http.caller import Called, Caller
from amc.sandbox.http.directory import Profile
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.sandbox import Local, Sandbox
from amc.sandbox.http.wire import Flag, Wire

router = APIRouter(tags=["Profiles"])

Program = Literal["billing", "campaign", "paymentMethod", "store", "report", "account", "posts"]


class ProfileChange(Wire):
    """An item of the PUT: only the daily budget can be changed."""

    profile_id: int
    daily_budget: float | None = Field(None, ge=0)


def _visible(local: Sandbox, called: Caller) -> list[Profile]:
    return [
        profile
        for profile in local.directory.profiles()
        if called.region in (None, profile.region)
        and local.directory.may_use_profile(called.grant.user_id, profile)
    ]


@router.get("/v2/profiles")
def list_profiles(
    request: Request,
    local: Local,
    called: Called,
    api_program: Annotated[Program | None, Query(alias="apiProgram")] = None,
    access_level: Annotated[Literal["edit", "view"] | None, Query(alias="accessLevel")] = None,
    profile_type_filter: Annotated[str | None, Query(alias="profileTypeFilter")] = None,
    valid_payment: Annotated[Flag, Query(alias="validPaymentMethodFilter")] = None,
) -> JSONResponse:
    """A bare array of the profiles in the host's region."""
    found = [local.directory.profile_document(item) for item in _visible(local, called)]
    if profile_type_filter:
        types = {part.strip() for part in profile_type_filter.split(",")}
        if not types <= {"seller", "vendor", "agency"}:
            raise WireError(400, "profileTypeFilter accepts seller, vendor and agency")
        found = [doc for doc in found if doc["accountInfo"]["type"] in types]
    if valid_payment is not None:
        found = [doc for doc in found if doc["accountInfo"]["validPaymentMethod"] == valid_payment]
    return reply(request, found[:5000])


@router.get("/v2/profiles/{profile_id}")
def get_profile(request: Request, local: Local, called: Called, profile_id: str) -> JSONResponse:
    """One profile."""
    for profile in _visible(local, called):
        if str(profile.profile_id) == profile_id:
            return reply(request, local.directory.profile_document(profile))
    raise WireError(404, f"Profile {profile_id} not found")


@router.put("/v2/profiles")
def change_profiles(
    request: Request, local: Local, called: Called, body: list[ProfileChange]
) -> JSONResponse:
    """Set daily budgets; each item has its own outcome, sellers only."""
    visible = {profile.profile_id: profile for profile in _visible(local, called)}
    outcomes = []
    for item in body:
        profile = visible.get(item.profile_id)
        if profile is None or profile.kind != "seller" or item.daily_budget is None:
            code, text = "INVALID_ARGUMENT", "The daily budget of this profile cannot be changed"
            outcomes.append({"profileId": item.profile_id, "code": code, "details": text})
        else:
            local.directory.set_daily_budget(profile, item.daily_budget)
            outcomes.append({"profileId": item.profile_id, "code": "SUCCESS"})
    return JSONResponse(outcomes, 207)
