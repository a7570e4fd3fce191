"""Campaign look-ups: SP v3, SB v4, ST, DSP and the unified one (POST with a body)."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.ads_models import CampaignQuery, SpCampaignQuery, UnifiedQuery
from amc.sandbox.http.answers import reply
from amc.sandbox.http.caller import Called, ForProfile
from amc.sandbox.http.directory import Campaign
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.media import SB, SP, own_media
from amc.sandbox.http.paging import Paging, decode_token
from amc.sandbox.http.sandbox import Local, Sandbox

router = APIRouter(tags=["Campaigns"])

View = Callable[[Campaign], dict[str, Any]]


@router.post("/sp/campaigns/list", dependencies=[Depends(own_media(SP, SP))])
def list_sp(
    request: Request,
    local: Local,
    profile: ForProfile,
    body: Annotated[SpCampaignQuery | None, Body(media_type=SP)] = None,
) -> JSONResponse:
    """Sponsored Products v3."""
    found = local.directory.campaigns(profile, "sponsored_products")
    page, token, total = _page(request, local, found, body, most=1000)
    answer: dict[str, Any] = {"campaigns": [_sp(item) for item in page], "totalResults": total}
    return reply(request, _with_token(answer, token), SP)


@router.post("/sb/v4/campaigns/list", dependencies=[Depends(own_media(SB, SB))])
def list_sb(
    request: Request,
    local: Local,
    profile: ForProfile,
    body: Annotated[CampaignQuery | None, Body(media_type=SB)] = None,
) -> JSONResponse:
    """Sponsored Brands v4."""
    if body and body.campaign_id_filter and len(body.campaign_id_filter.include) > 10:
        raise WireError(400, "campaignIdFilter accepts at most 10 ids")
    found = local.directory.campaigns(profile, "sponsored_brands")
    page, token, total = _page(request, local, found, body, most=100)
    answer: dict[str, Any] = {"campaigns": [_sb(item) for item in page], "totalCount": total}
    return reply(request, _with_token(answer, token), SB)


@router.post("/st/campaigns/list")
def list_st(
    request: Request, local: Local, profile: ForProfile, body: CampaignQuery | None = None
) -> JSONResponse:
    """Sponsored Television (beta): as Sponsored Products."""
    found = local.directory.campaigns(profile, "sponsored_television")
    page, token, total = _page(request, local, found, body, most=1000)
    answer: dict[str, Any] = {"campaigns": [_st(item) for item in page], "totalResults": total}
    return reply(request, _with_token(answer, token))


@router.post("/dsp/v1/campaigns/list")
def list_dsp(
    request: Request,
    local: Local,
    _called: Called,
    body: CampaignQuery | None = None,
    advertiser: Annotated[str | None, Header(alias="Amazon-Ads-AccountId")] = None,
) -> JSONResponse:
    """DSP campaigns (formerly orders) of the advertiser in Amazon-Ads-AccountId."""
    if not advertiser:
        raise WireError(400, "Amazon-Ads-AccountId header is missing")
    found = local.directory.dsp_campaigns(advertiser)
    if found is None:
        raise WireError(403, f"Not authorized to access account {advertiser}")
    page, token, _ = _page(request, local, found, body, most=100)
    answer: dict[str, Any] = {"campaigns": [_dsp(item) for item in page]}
    return reply(request, _with_token(answer, token))


_UNIFIED = {
    "SPONSORED_PRODUCTS": "sponsored_products",
    "SPONSORED_BRANDS": "sponsored_brands",
    "SPONSORED_DISPLAY": "sponsored_display",
    "SPONSORED_TELEVISION": "sponsored_television",
}


@router.post("/adsApi/v1/query/campaigns")
def query_unified(
    request: Request, local: Local, profile: ForProfile, body: UnifiedQuery
) -> JSONResponse:
    """The unified look-up of one ad product."""
    wanted = body.ad_product_filter.include
    if len(wanted) != 1 or wanted[0] not in (*_UNIFIED, "AMAZON_DSP"):
        raise WireError(400, "adProductFilter.include must hold exactly one ad product")
    found: Sequence[Campaign] = local.directory.all_dsp_campaigns(profile)
    if wanted[0] in _UNIFIED:
        found = local.directory.campaigns(profile, _UNIFIED[wanted[0]])
    page, token, _ = _page(request, local, found, body, most=5000)
    answer = {"campaigns": [_dsp(item) | {"adProduct": wanted[0]} for item in page]}
    return reply(request, _with_token(answer, token))


def _with_token(answer: dict[str, Any], token: str | None) -> dict[str, Any]:
    return answer if token is None else answer | {"nextToken": token}


def _page(
    request: Request,
    local: Sandbox,
    campaigns: Sequence[Campaign],
    body: CampaignQuery | None,
    *,
    most: int,
) -> tuple[list[Campaign], str | None, int]:
    """Filter and cut; the page, its token, and how many there are in all."""
    asked = body or CampaignQuery.model_validate({})
    limit = asked.max_results or min(most, 100)
    if limit > most:
        raise WireError(400, f"maxResults must not exceed {most}")
    after, fresh = decode_token(asked.next_token) if asked.next_token else (None, True)
    kept = [item for item in campaigns if _matches(item, asked)]
    page, token = local.pager.cut(request, list(enumerate(kept)), Paging(limit, after, fresh))
    return page, token, len(kept)


def _matches(item: Campaign, asked: CampaignQuery) -> bool:
    ids, states, names = asked.campaign_id_filter, asked.state_filter, asked.name_filter
    if ids is not None and ids.include and item.campaign_id not in ids.include:
        return False
    if states is not None and states.include and item.state not in states.include:
        return False
    if asked.portfolio_id_filter is not None and asked.portfolio_id_filter.include:
        return False  # the campaigns of the local AMC are in no portfolio
    if names is None or not names.include:
        return True
    name = item.name.lower()
    if names.query_term_match_type == "EXACT_MATCH":
        return any(text.lower() == name for text in names.include)
    return any(text.lower() in name for text in names.include)


def _sp(item: Campaign) -> dict[str, Any]:
    doc = {
        "campaignId": item.campaign_id,
        "name": item.name,
        "state": item.state,
        "targetingType": "AUTO" if int(item.campaign_id) % 3 == 0 else "MANUAL",
        "startDate": item.start_date.isoformat(),
        "budget": {"budget": item.daily_budget, "budgetType": "DAILY"},
        "dynamicBidding": {"strategy": "LEGACY_FOR_SALES", "placementBidding": []},
    }
    if item.end_date is not None:
        doc["endDate"] = item.end_date.isoformat()
    return doc


def _sb(item: Campaign) -> dict[str, Any]:
    return {
        "campaignId": item.campaign_id,
        "name": item.name,
        "state": item.state,
        "budget": item.daily_budget,
        "budgetType": "DAILY",
        "brandEntityId": item.entity_id,
        "startDate": item.start_date.isoformat(),
    }


def _st(item: Campaign) -> dict[str, Any]:
    return {
        "campaignId": item.campaign_id,
        "name": item.name,
        "state": item.state,
        "startDate": item.start_date.isoformat(),
        "budget": {"budget": item.daily_budget, "budgetType": "DAILY"},
    }


def _dsp(item: Campaign) -> dict[str, Any]:
    return {"campaignId": item.campaign_id, "name": item.name, "state": item.state}
