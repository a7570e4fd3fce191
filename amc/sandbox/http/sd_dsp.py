"""The older look-ups by GET: Sponsored Display campaigns, DSP advertisers."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import reply
from amc.sandbox.http.caller import ForProfile
from amc.sandbox.http.directory import Campaign
from amc.sandbox.http.sandbox import Local

router = APIRouter(tags=["Campaigns"])

Start = Annotated[int, Query(alias="startIndex", ge=0)]


def _texts(value: str | None) -> set[str]:
    return {part.strip() for part in (value or "").split(",") if part.strip()}


@router.get("/sd/campaigns")
def list_sd(
    request: Request,
    local: Local,
    profile: ForProfile,
    start_index: Start = 0,
    count: Annotated[int, Query(ge=1, le=1000)] = 100,
    state_filter: Annotated[str | None, Query(alias="stateFilter")] = None,
    name: str | None = None,
    ids: Annotated[str | None, Query(alias="campaignIdFilter")] = None,
    portfolios: Annotated[str | None, Query(alias="portfolioIdFilter")] = None,
) -> JSONResponse:
    """Sponsored Display: a bare array, integer ids, lower-case states."""
    states, wanted = _texts(state_filter), _texts(ids)
    found = [
        item
        for item in local.directory.campaigns(profile, "sponsored_display")
        if (not states or item.state.lower() in states)
        and (not wanted or item.campaign_id in wanted)
        and (name is None or item.name == name)
        and not _texts(portfolios)
    ]
    page = found[start_index : start_index + count]
    return reply(request, [_sd(item) for item in page])


def _sd(item: Campaign) -> dict[str, Any]:
    return {
        "campaignId": int(item.campaign_id),
        "name": item.name,
        # Audiences or products, by what its ad groups aim at.
        "tactic": "T00020" if "Product Targeting" in item.name else "T00030",
        "budgetType": "daily",
        "budget": item.daily_budget,
        "costType": item.price_type.lower(),
        "startDate": item.start_date.strftime("%Y%m%d"),
        "state": item.state.lower(),
        "deliveryProfile": "as_soon_as_possible",
    }


@router.get("/dsp/advertisers")
def list_dsp_advertisers(
    request: Request,
    local: Local,
    profile: ForProfile,
    start_index: Start = 0,
    count: Annotated[int, Query(ge=1, le=100)] = 100,
    ids: Annotated[str | None, Query(alias="advertiserIdFilter")] = None,
) -> JSONResponse:
    """DSP advertisers of an agency profile; none for other profiles."""
    found = local.directory.dsp_advertisers(profile)
    wanted = _texts(ids)
    if wanted:
        found = [item for item in found if item["advertiserId"] in wanted]
    page = found[start_index : start_index + count]
    return reply(request, {"totalResults": len(found), "response": page})
