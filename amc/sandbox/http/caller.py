"""Who calls, for which account and instance: the header rules of the Ads API as dependencies."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from amc.sandbox.http.directory import Account, Profile
from amc.sandbox.http.errors import WireError, forbidden, unauthorized
from amc.sandbox.http.sandbox import Local
from amc.sandbox.state import Grant

ADS_SCOPES = ("advertising::campaign_management", "cpc_advertising:campaign_management")

_ClientId = Annotated[
    str | None, Header(alias="Amazon-Advertising-API-ClientId", description="LwA client id")
]
_Bearer = Annotated[str | None, Header(alias="Authorization", description="Bearer <access token>")]
_Entity = Annotated[
    str | None,
    Header(alias="Amazon-Advertising-API-AdvertiserId", description="AMC account, ENTITY…"),
]
_Marketplace = Annotated[
    str | None,
    Header(alias="Amazon-Advertising-API-MarketplaceId", description="The account's marketplace"),
]
_Scope = Annotated[
    str | None, Header(alias="Amazon-Advertising-API-Scope", description="Profile id")
]


@dataclass(frozen=True)
class Caller:
    """A client with a good token."""

    client_id: str
    grant: Grant
    region: str | None
    """The region of the host that was called; None for the host of all regions."""


def bearer_of(request: Request, authorization: str | None) -> str:
    """The access token, from the Bearer header (or one of its two older ways)."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get("x-amz-access-token", "")


def caller(
    request: Request, local: Local, client_id: _ClientId = None, authorization: _Bearer = None
) -> Caller:
    """ClientId and Authorization, as every Ads call needs them."""
    grant = local.tokens.access(bearer_of(request, authorization))
    if not client_id or grant is None or grant.client_id != client_id:
        raise unauthorized()
    if not grant.has_scope(*ADS_SCOPES):
        raise forbidden()
    return Caller(client_id, grant, request.scope.get("amc_region"))


Called = Annotated[Caller, Depends(caller)]


@dataclass(frozen=True)
class AccountCall:
    """A call for an AMC account."""

    caller: Caller
    account: Account


def account_call(
    local: Local, called: Called, entity_id: _Entity = None, marketplace_id: _Marketplace = None
) -> AccountCall:
    """AdvertiserId and MarketplaceId, which must be a pair that the login administers."""
    if not entity_id:
        raise WireError(400, "entityId provided is null")
    if not marketplace_id:
        raise WireError(400, "marketplaceId provided is null")
    account = local.directory.account(entity_id)
    if (
        account is None
        or account.marketplace_id != marketplace_id
        or not local.directory.may_see(called.grant.user_id, account)
    ):
        raise forbidden()
    return AccountCall(called, account)


ForAccount = Annotated[AccountCall, Depends(account_call)]


@dataclass(frozen=True)
class InstanceCall:
    """A call for an AMC instance of an account."""

    caller: Caller
    account: Account
    instance_id: str


def instance_call(local: Local, call: ForAccount, instance_id: str) -> InstanceCall:
    """The instance of the path must belong to the account of the headers."""
    instance = local.instances.get(instance_id)
    if instance is None or local.instances.entity_of(instance_id) != call.account.entity_id:
        raise forbidden()
    return InstanceCall(call.caller, call.account, instance_id)


ForInstance = Annotated[InstanceCall, Depends(instance_call)]


def profile_call(local: Local, called: Called, scope: _Scope = None) -> Profile:
    """The advertising profile of the Scope header, in the region of the host."""
    if not scope:
        raise unauthorized("Scope header is missing")
    profile = local.directory.profile(scope)
    if profile is None or not local.directory.may_use_profile(called.grant.user_id, profile):
        raise unauthorized(f"Not authorized to access scope {scope}")
    if called.region is not None and called.region != profile.region:
        raise unauthorized("No matching advertiser found for scope")
    return profile


ForProfile = Annotated[Profile, Depends(profile_call)]
