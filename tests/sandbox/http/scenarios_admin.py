"""Logins, accounts, profiles, instances, look-ups: the call for each recorded example."""

import uuid
from typing import Any

import requests

from amc.sandbox.http.media import PRODUCTS, PRODUCTS_ASKED, SB, SP
from tests.sandbox.http.scenario_base import fault, scenario, sent
from tests.sandbox.site import CLIENT, Site, eventually

# Login with Amazon


@scenario("lwa_token_authorization_code")
def _code(site: Site) -> requests.Response:
    answers: list[requests.Response] = []
    hook = site.session.hooks["response"]
    hook.append(lambda answer, *_, **__: answers.append(answer))
    site.grant()
    hook.pop()
    return answers[-1]


@scenario("lwa_token_refresh")
def _refresh(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token", refresh_token=site.grant()["refresh_token"])


@scenario("lwa_error_invalid_grant")
def _invalid_grant(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token", refresh_token="Atzr|REVOKED")


@scenario("lwa_error_expired_code")
def _expired_code(site: Site) -> requests.Response:
    code = (
        site.session.get(
            f"{site.url}/ap/oa",
            params={
                "client_id": CLIENT,
                "scope": "profile",
                "response_type": "code",
                "redirect_uri": "https://amazon.com",
                "local_consent": "allow",
            },
            allow_redirects=False,
        )
        .headers["Location"]
        .split("code=")[1]
        .split("&")[0]
    )
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": "https://amazon.com"
    }  # fmt: skip
    assert site.token(**form).status_code == 200
    return site.token(**form)


@scenario("lwa_error_invalid_client")
def _invalid_client(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token", refresh_token="x", client_secret="WRONG")


@scenario("lwa_error_missing_parameter")
def _missing_parameter(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token")


@scenario("lwa_user_profile")
def _profile(site: Site) -> requests.Response:
    return site.session.get(f"{site.url}/user/profile", headers=site.headers)


@scenario("lwa_user_profile_insufficient_scope")
def _profile_scope(site: Site) -> requests.Response:
    token = site.grant("advertising::campaign_management")["access_token"]
    return site.session.get(
        f"{site.url}/user/profile", headers={"Authorization": f"Bearer {token}"}
    )


# Accounts and profiles


@scenario("profiles_list")
def _profiles(site: Site) -> requests.Response:
    return site.call("GET", "/v2/profiles", params={"profileTypeFilter": "seller,vendor"})


@scenario("profiles_list_empty")
def _no_profiles(site: Site) -> requests.Response:
    return site.call("GET", "/eu/v2/profiles")


@scenario("ads_accounts_list")
def _ads_accounts(site: Site) -> requests.Response:
    return site.call("POST", "/adsAccounts/list", json={"maxResults": 100})


@scenario("amc_accounts_list")
def _accounts(site: Site) -> requests.Response:
    return site.call("GET", "/amc/accounts", params={"limit": "1"})


@scenario("amc_accounts_list_page2")
def _accounts_end(site: Site) -> requests.Response:
    token = site.call("GET", "/amc/accounts", params={"limit": "1"}).json()["nextToken"]
    return site.call("GET", "/amc/accounts", params={"nextToken": token})


@scenario("amc_accounts_unauthorized")
def _accounts_401(site: Site) -> requests.Response:
    return site.call("GET", "/amc/accounts", headers={"Authorization": "Bearer Atza|old"})


# Instances


@scenario("instances_list")
def _instances(site: Site) -> requests.Response:
    return site.call("GET", "/amc/instances", params={"limit": "2"})


@scenario("instances_list_page2")
def _instances_end(site: Site) -> requests.Response:
    token = None
    while True:
        answer = site.call("GET", "/amc/instances", params={"limit": "20", "nextToken": token})
        token = answer.json()["nextToken"]
        if token is None:
            return answer


@scenario("instances_list_forbidden")
def _instances_403(site: Site) -> requests.Response:
    headers = {"Amazon-Advertising-API-AdvertiserId": "ENTITY8EXAMPLE0008"}
    return site.call("GET", "/amc/instances", headers=headers)


@scenario("instances_list_missing_entity")
def _instances_400(site: Site) -> requests.Response:
    headers = {"Amazon-Advertising-API-AdvertiserId": ""}
    return site.call("GET", "/amc/instances", headers=headers, params={"entityId": "x"})


@scenario("instances_list_terms_not_accepted")
def _instances_terms(site: Site) -> requests.Response:
    with fault(site, "terms_not_accepted"):
        return site.call("GET", "/amc/instances")


@scenario("instance_get")
def _instance(site: Site) -> requests.Response:
    return site.call("GET", f"/amc/instances/{site.instance_id()}")


def make_instance(site: Site) -> requests.Response:
    name = f"new {uuid.uuid4().hex[:8]}"
    body = {"instanceName": name, "advertiserName": "Example Advertiser"}
    return site.call("POST", "/amc/instances", json=body)


def completed_instance(site: Site) -> str:
    made = make_instance(site).json()["instance"]["instanceId"]

    def ready() -> bool:
        found = site.call("GET", f"/amc/instances/{made}").json()["instance"]
        return found["creationStatus"] == "COMPLETED"

    eventually(ready, "the instance to be complete")
    return made


@scenario("instance_create")
def _instance_create(site: Site) -> requests.Response:
    return make_instance(site)


@scenario("instance_update")
def _instance_update(site: Site) -> requests.Response:
    made = completed_instance(site)
    body = {"instanceName": f"renamed {uuid.uuid4().hex[:8]}"}
    answer = site.call("PUT", f"/amc/instances/{made}", json=body)
    assert answer.json()["instance"]["instanceName"] == body["instanceName"]
    return answer


@scenario("instance_delete")
def _instance_delete(site: Site) -> requests.Response:
    return site.call("DELETE", f"/amc/instances/{completed_instance(site)}")


@scenario("instance_advertisers_list")
def _advertisers(site: Site) -> requests.Response:
    return site.call("GET", f"/amc/instances/{site.instance_id()}/advertisers")


@scenario("instance_advertisers_update")
def _advertisers_update(site: Site) -> requests.Response:
    body = sent("instance_advertisers_update")["body"]
    made = completed_instance(site)
    return site.call("POST", f"/amc/instances/{made}/advertisers/updates", json=body)


# Look-ups


@scenario("sp_campaigns_list")
def _sp(site: Site) -> requests.Response:
    return lookup(site, "/sp/campaigns/list", {"maxResults": 100})


def lookup(site: Site, path: str, body: dict[str, Any]) -> requests.Response:
    headers = site.profile_headers() | media_of(path)
    return site.session.post(site.url + path, headers=headers, json=body)


def media_of(path: str) -> dict[str, str]:
    """Content-Type and Accept of a look-up."""
    asked, answered = {
        "/sp/campaigns/list": (SP, SP),
        "/sb/v4/campaigns/list": (SB, SB),
        "/product/metadata": (PRODUCTS_ASKED, PRODUCTS),
    }.get(path, ("application/json", "application/json"))
    return {"Content-Type": asked, "Accept": answered}


@scenario("sp_campaigns_list_unauthorized")
def _sp_401(site: Site) -> requests.Response:
    headers = site.headers | {"Amazon-Advertising-API-Scope": "1111111111111"}
    return site.session.post(f"{site.url}/sp/campaigns/list", headers=headers, json={})


@scenario("sb_campaigns_list")
def _sb(site: Site) -> requests.Response:
    return lookup(site, "/sb/v4/campaigns/list", {"maxResults": 1})


@scenario("sd_campaigns_list")
def _sd(site: Site) -> requests.Response:
    query = {"startIndex": "0", "count": "100", "stateFilter": "enabled, paused, archived"}
    return site.session.get(
        f"{site.url}/sd/campaigns", headers=site.profile_headers(), params=query
    )


def dsp_advertisers(site: Site) -> requests.Response:
    return site.session.get(f"{site.url}/dsp/advertisers", headers=site.profile_headers("agency"))


@scenario("dsp_advertisers_list")
def _dsp_advertisers(site: Site) -> requests.Response:
    return dsp_advertisers(site)


@scenario("dsp_campaigns_list")
def _dsp_campaigns(site: Site) -> requests.Response:
    advertiser = dsp_advertisers(site).json()["response"][0]["advertiserId"]
    headers = site.headers | {"Amazon-Ads-AccountId": advertiser}
    return site.session.post(
        f"{site.url}/dsp/v1/campaigns/list", headers=headers, json={"maxResults": 100}
    )


@scenario("product_metadata")
def _products(site: Site) -> requests.Response:
    listed = lookup(site, "/product/metadata", {"pageIndex": 0, "pageSize": 2}).json()
    asins = [item["asin"] for item in listed["ProductMetadataList"]]
    assert len(asins) == 2
    return lookup(site, "/product/metadata", {"asins": asins, "pageIndex": 0, "pageSize": 300})
