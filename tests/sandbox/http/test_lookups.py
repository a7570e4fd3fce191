"""Campaign and product look-ups: their media types, limits and fields."""

from typing import Any

import pytest
import requests

from tests.sandbox.http.scenarios_admin import lookup, media_of
from tests.sandbox.site import Site

PRODUCTS = {"pageIndex": 0, "pageSize": 300}
OWN = ["/sp/campaigns/list", "/sb/v4/campaigns/list", "/product/metadata"]


def ask(site: Site, path: str, headers: dict[str, str]) -> requests.Response:
    sent = {**site.profile_headers(), **headers}
    return site.session.post(site.url + path, headers=sent, json=PRODUCTS)


@pytest.mark.parametrize("path", OWN)
def test_they_take_and_give_only_their_own_media_type(site: Site, tuned: Any, path: str) -> None:
    own = media_of(path)
    answer = ask(site, path, own)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == own["Accept"]
    for accept in ("*/*", f"text/html, {own['Accept'].upper()};q=0.8"):
        assert ask(site, path, own | {"Accept": accept}).status_code == 200
    wrong = ask(site, path, own | {"Content-Type": "application/json"})
    assert (wrong.status_code, wrong.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    unacceptable = ask(site, path, own | {"Accept": "text/csv"})
    assert (unacceptable.status_code, "code" in unacceptable.json()) == (406, True)
    nobody = ask(site, path, {"Content-Type": "text/plain", "Authorization": "Bearer no"})
    assert nobody.status_code == 401
    tuned(ads_media_types=False)
    assert ask(site, path, {"Content-Type": "text/plain"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sp/campaigns/list", {"stateFilter": {"include": ["RUNNING"]}}),
        ("/sp/campaigns/list", {"campaignIdFilter": {"include": ["1"] * 1001}}),
        ("/sp/campaigns/list", {"nameFilter": {"include": ["a"] * 101}}),
        ("/sp/campaigns/list", {"nameFilter": {"queryTermMatchType": "FUZZY", "include": ["a"]}}),
        ("/sb/v4/campaigns/list", {"campaignIdFilter": {"include": ["1"] * 11}}),
        ("/sb/v4/campaigns/list", {"maxResults": 101}),
        ("/sb/v4/campaigns/list", {"maxResults": 0}),
        ("/adsApi/v1/query/campaigns", {"adProductFilter": {"include": ["TV"]}}),
        ("/product/metadata", PRODUCTS | {"pageSize": 301}),
        ("/product/metadata", {"pageSize": 10}),
        ("/product/metadata", PRODUCTS | {"asins": ["B0EXAMPLE1"] * 301}),
        ("/product/metadata", PRODUCTS | {"asins": ["B0EXAMPLE1"], "skus": ["x"]}),
        ("/product/metadata", PRODUCTS | {"adType": "DSP"}),
    ],
)
def test_what_they_refuse_is_an_invalid_argument(
    site: Site, path: str, body: dict[str, Any]
) -> None:
    answer = lookup(site, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_ARGUMENT"), answer.text


def test_products_have_every_field_and_sort(site: Site) -> None:
    path = "/product/metadata"
    found = lookup(site, path, PRODUCTS).json()["ProductMetadataList"]
    assert {
        "asin", "sku", "title", "brand", "category", "imageUrl", "availability", "priceToPay",
        "basisPrice", "bestSellerRank", "createdDate", "variationList",
    } == set(found[0])  # fmt: skip
    dated = PRODUCTS | {"sortBy": "CREATED_DATE", "sortOrder": "ASC"}
    dates = [x["createdDate"] for x in lookup(site, path, dated).json()["ProductMetadataList"]]
    assert dates == sorted(dates)
    assert len(set(dates)) > 1
    judged = lookup(site, path, PRODUCTS | {"checkEligibility": True}).json()
    assert judged["ProductMetadataList"][0]["eligibilityStatus"] == "ELIGIBLE"
    bare = lookup(site, path, PRODUCTS | {"checkItemDetails": False}).json()
    assert set(bare["ProductMetadataList"][0]) == {"asin", "sku"}
    skus = lookup(site, path, PRODUCTS | {"skus": [found[2]["sku"]]}).json()
    assert skus["ProductMetadataList"] == [found[2]]


def test_the_unified_list_has_dsp_campaigns_for_an_agency(site: Site) -> None:
    body = {"adProductFilter": {"include": ["AMAZON_DSP"]}, "maxResults": 5000}
    url, headers = f"{site.url}/adsApi/v1/query/campaigns", site.profile_headers("agency")
    found = site.session.post(url, headers=headers, json=body).json()["campaigns"]
    advertisers = site.session.get(f"{site.url}/dsp/advertisers", headers=headers).json()
    own = advertisers["response"][0]["advertiserId"]
    theirs = site.session.post(
        f"{site.url}/dsp/v1/campaigns/list",
        headers=site.headers | {"Amazon-Ads-AccountId": own},
        json={},
    ).json()["campaigns"]
    assert {item["campaignId"] for item in theirs} <= {item["campaignId"] for item in found}
    assert {item["adProduct"] for item in found} == {"AMAZON_DSP"}
    vendor = site.session.post(url, headers=site.profile_headers("vendor"), json=body).json()
    assert vendor == {"campaigns": []}


def test_display_campaigns_have_integer_ids_and_lower_case_states(site: Site) -> None:
    url, headers = f"{site.url}/sd/campaigns", site.profile_headers()
    every = site.session.get(url, headers=headers).json()
    assert isinstance(every, list)
    assert all(isinstance(item["campaignId"], int) for item in every)
    assert {item["state"] for item in every} <= {"enabled", "paused", "archived"}
    kinds = {(item["tactic"], item["costType"]) for item in every}
    assert kinds == {("T00030", "vcpm"), ("T00020", "cpc")}
    assert all(len(item["startDate"]) == 8 and item["startDate"].isdigit() for item in every)
    spec = {"stateFilter": "enabled, paused, archived"}  # a blank after each comma
    assert site.session.get(url, headers=headers, params=spec).json() == every
    one = {"campaignIdFilter": str(every[0]["campaignId"]), "startIndex": "0", "count": "1"}
    assert site.session.get(url, headers=headers, params=one).json() == every[:1]
    none = {"startIndex": "1000"}
    assert site.session.get(url, headers=headers, params=none).json() == []
    refused = site.session.get(url, headers=headers, params={"count": "no"})
    assert set(refused.json()) == {"code", "details", "requestId"}


def test_profile_filters_are_checked(site: Site) -> None:
    for query in ({"profileTypeFilter": "brand"}, {"apiProgram": "x"}, {"accessLevel": "all"},
                  {"validPaymentMethodFilter": "perhaps"}):  # fmt: skip
        answer = site.call("GET", "/v2/profiles", params=query)
        assert answer.status_code in (400, 422), query
        assert set(answer.json()) == {"code", "details", "requestId"}
    both = site.call("GET", "/v2/profiles", params={"profileTypeFilter": "seller,vendor"}).json()
    assert {item["accountInfo"]["type"] for item in both} == {"seller", "vendor"}
    assert site.call("GET", "/v2/profiles", params={"validPaymentMethodFilter": "False"}).json()
