"""/amc/accounts and /adsAccounts/list: which accounts a login has."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import reply
from amc.sandbox.http.caller import Called
from amc.sandbox.http.paging import Pages, Paging
from amc.sandbox.http.paging import decode_token as decode
from amc.sandbox.http.sandbox import Local
from amc.sandbox.http.wire import Wire

router = APIRouter(tags=["Accounts"])
ADS_ACCOUNTS = "application/vnd.listaccountsresource.v1+json"


@router.get("/amc/accounts")
def list_accounts(request: Request, local: Local, called: Called, paging: Pages) -> JSONResponse:
    """AMC accounts that the login administers; no token at the end."""
    seen = [
        account
        for account in local.directory.accounts()
        if local.directory.may_see(called.grant.user_id, account)
        and called.region in (None, account.region)
    ]
    page, token = local.pager.cut(request, list(enumerate(seen)), paging)
    body: dict[str, Any] = {
        "amcAccounts": [
            {
                "accountId": account.entity_id,
                "accountName": account.name,
                "marketplaceId": account.marketplace_id,
            }
            for account in page
        ]
    }
    if token is not None:
        body["nextToken"] = token
    return reply(request, body)


class AdsAccountsBody(Wire):
    """POST /adsAccounts/list."""

    max_results: int = Field(100, ge=1, le=100)
    next_token: Annotated[str | None, Field()] = None


@router.post("/adsAccounts/list")
def list_ads_accounts(
    request: Request, local: Local, called: Called, body: AdsAccountsBody | None = None
) -> JSONResponse:
    """Ads accounts with their profile and entity ids."""
    asked = body or AdsAccountsBody.model_validate({})
    after, fresh = decode(asked.next_token) if asked.next_token else (None, True)
    documents = local.directory.ads_accounts(called.grant.user_id)
    page, token = local.pager.cut(
        request, list(enumerate(documents)), Paging(asked.max_results, after, fresh)
    )
    answer: dict[str, Any] = {"adsAccounts": page}
    if token is not None:
        answer["nextToken"] = token
    return reply(request, answer, ADS_ACCOUNTS)
