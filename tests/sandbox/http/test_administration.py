"""Instances, advertisers, profiles and the look-ups beyond what the examples show."""

import pytest

from tests.sandbox.http.scenarios import ADHOC, completed_instance, lookup
from tests.sandbox.site import Site, eventually


def all_instances(site: Site, limit: str) -> list[str]:
    found: list[str] = []
    for account in site.sandbox.directory.accounts():
        token = None
        headers = {
            "Amazon-Advertising-API-AdvertiserId": account.entity_id,
            "Amazon-Advertising-API-MarketplaceId": account.marketplace_id,
        }
        while True:
            page = site.call(
                "GET",
                "/amc/instances",
                headers=headers,
                params={"limit": limit, "nextToken": token},
            ).json()
            found += [item["instanceId"] for item in page["instances"]]
            token = page["nextToken"]
            if token is None:
                break
    return found


def test_the_default_world_has_two_accounts_and_58_instances(own_site: Site) -> None:
    accounts = own_site.call("GET", "/amc/accounts").json()["amcAccounts"]
    assert len(accounts) == 2
    found = all_instances(own_site, "7")
    assert len(found) == len(set(found)) == 58
    assert "amchnfozgta" in found
    assert found == all_instances(own_site, "100")
    sandboxes = [
        instance
        for instance in found
        if own_site.session.get(
            f"{own_site.url}/amc/instances/{instance}",
            headers=own_site.account_headers(instance),
        ).json()["instance"]["instanceType"]
        == "SANDBOX"
    ]
    assert len(sandboxes) == 2


def test_empty_pages_lose_no_instance(own_site: Site) -> None:
    whole = all_instances(own_site, "100")
    own_site.local("PUT", "/options", json={"empty_page_every": 3})
    assert all_instances(own_site, "5") == whole


@pytest.mark.parametrize("token", ["page-2", "!!!", "W10", "eyJhIjoxfQ"])
def test_a_token_that_is_not_ours_is_400(site: Site, token: str) -> None:
    answer = site.call("GET", "/amc/instances", params={"nextToken": token})
    assert answer.status_code == 400


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "101"])
def test_a_bad_limit_is_422(site: Site, limit: str) -> None:
    assert site.call("GET", "/amc/instances", params={"limit": limit}).status_code == 422


def test_an_instance_is_made_used_and_deleted(own_site: Site) -> None:
    body = {"instanceName": "brand new", "idempotencyToken": "once"}
    first = own_site.call("POST", "/amc/instances", json=body).json()["instance"]
    assert (first["creationStatus"], first["creationDatetime"]) == ("REQUESTED", None)
    again = own_site.call("POST", "/amc/instances", json=body).json()["instance"]
    assert again["instanceId"] == first["instanceId"]
    same_name = own_site.call("POST", "/amc/instances", json={"instanceName": "brand new"})
    assert same_name.status_code == 400
    path = f"/amc/instances/{first['instanceId']}"
    early = own_site.call("DELETE", path)
    assert early.status_code == 400
    eventually(
        lambda: own_site.call("GET", path).json()["instance"]["creationStatus"] == "COMPLETED",
        "the instance to be complete",
    )
    assert first["instanceId"] in all_instances(own_site, "100")
    bucket = own_site.call(
        "POST", f"{path}/updateCustomerAwsAccount", json={"awsAccountId": "123456789012"}
    )
    assert bucket.json()["cfnBucketUrl"].startswith("https://")
    assert bucket.headers["Content-Type"] == "application/octet-stream"
    shown = own_site.call("GET", path).json()["instance"]
    assert shown["awsAccountId"] == "123456789012"
    gone = own_site.call("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert own_site.call("GET", path).status_code == 403
    assert len(all_instances(own_site, "100")) == 58


@pytest.mark.parametrize("name", ["ab", "x" * 51, "no-dashes", None])
def test_a_bad_instance_name_is_400(site: Site, name: str | None) -> None:
    assert site.call("POST", "/amc/instances", json={"instanceName": name}).status_code == 400


def test_advertisers_change_by_one_update_at_a_time(site: Site) -> None:
    made = completed_instance(site)
    path = f"/amc/instances/{made}/advertisers"
    assert site.call("GET", path).json() == {
        "advertisers": [], "nextToken": None, "totalCount": 0
    }  # fmt: skip
    add = {"advertisersToAdd": [{"id": "ENTITY9", "type": "SPONSORED_ADS"}]}
    assert (
        site.call("POST", f"{path}/updates", json=add).json()["advertiserUpdate"]["updateId"] == 0
    )
    assert site.call("POST", f"{path}/updates", json=add).status_code == 400

    def done() -> bool:
        listed = site.call("GET", f"{path}/updates").json()
        assert listed["nextToken"] is None
        return listed["advertiserUpdates"] == [{"updateId": 0, "status": "COMPLETED"}]

    eventually(done, "the update to be complete")
    one = site.call("GET", f"{path}/updates/0").json()["advertiserUpdate"]
    assert one["status"] == "COMPLETED"
    assert [item["id"] for item in site.call("GET", path).json()["advertisers"]] == ["ENTITY9"]
    assert site.call("GET", path, params={"type": "DISPLAY"}).json()["totalCount"] == 0
    assert site.call("GET", f"{path}/updates/9").status_code == 404
    assert site.call("POST", f"{path}/updates", json={}).status_code == 400


def test_profiles_filter_and_change(site: Site) -> None:
    every = site.call("GET", "/v2/profiles").json()
    kinds = {item["accountInfo"]["type"] for item in every}
    assert {"seller", "vendor", "agency"} <= kinds
    agencies = site.call("GET", "/v2/profiles", params={"profileTypeFilter": "agency"}).json()
    assert {item["accountInfo"]["type"] for item in agencies} == {"agency"}
    paying = site.call("GET", "/v2/profiles", params={"validPaymentMethodFilter": "true"}).json()
    assert paying
    assert all(item["accountInfo"]["validPaymentMethod"] for item in paying)
    seller = next(item for item in every if item["accountInfo"]["type"] == "seller")
    path = f"/v2/profiles/{seller['profileId']}"
    assert site.call("GET", path).json() == seller
    change = [{"profileId": seller["profileId"], "dailyBudget": 12.5}, {"profileId": 1}]
    answer = site.call("PUT", "/v2/profiles", json=change)
    assert answer.status_code == 207
    assert [item["code"] for item in answer.json()] == ["SUCCESS", "INVALID_ARGUMENT"]
    assert site.call("GET", path).json()["dailyBudget"] == 12.5
    assert site.call("GET", "/v2/profiles/1").status_code == 404


@pytest.mark.parametrize("path", ["/sp/campaigns/list", "/sb/v4/campaigns/list"])
def test_campaign_lists_page_and_filter(site: Site, path: str) -> None:
    found, token = [], None
    while True:
        page = lookup(site, path, {"maxResults": 2, "nextToken": token}).json()
        found += page["campaigns"]
        token = page.get("nextToken")
        if token is None:
            break
    whole = lookup(site, path, {}).json()["campaigns"]
    assert found[: len(whole)] == whole
    one = found[0]
    by_id = lookup(site, path, {"campaignIdFilter": {"include": [one["campaignId"]]}}).json()
    assert by_id["campaigns"] == [one]
    exact = {"nameFilter": {"queryTermMatchType": "EXACT_MATCH", "include": [one["name"]]}}
    assert one in lookup(site, path, exact).json()["campaigns"]
    states = lookup(site, path, {"stateFilter": {"include": [one["state"]]}}).json()["campaigns"]
    assert {item["state"] for item in states} == {one["state"]}
    none = lookup(site, path, {"portfolioIdFilter": {"include": ["1"]}}).json()
    assert none["campaigns"] == []


def test_the_unified_list_agrees_with_the_products_own(site: Site) -> None:
    ask = {"adProductFilter": {"include": ["SPONSORED_PRODUCTS"]}, "maxResults": 5000}
    unified = lookup(site, "/adsApi/v1/query/campaigns", ask).json()["campaigns"]
    total = lookup(site, "/sp/campaigns/list", {}).json()["totalResults"]
    assert len(unified) == total
    two = {"adProductFilter": {"include": ["SPONSORED_PRODUCTS", "SPONSORED_BRANDS"]}}
    refused = lookup(site, "/adsApi/v1/query/campaigns", two)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_ARGUMENT")
    assert lookup(site, "/adsApi/v1/query/campaigns", {}).status_code == 400


def test_products_are_found_by_asin_text_and_page(site: Site) -> None:
    path = "/product/metadata"
    first = lookup(site, path, {"pageIndex": 0, "pageSize": 1}).json()
    product = first["ProductMetadataList"][0]
    assert len(product["asin"]) == 10
    second = lookup(site, path, {"pageIndex": 1, "pageSize": 1}).json()["ProductMetadataList"][0]
    assert second["asin"] != product["asin"]
    cursor = lookup(
        site, path, {"pageIndex": 0, "pageSize": 1, "cursorToken": first["cursorToken"]}
    ).json()["ProductMetadataList"][0]
    assert cursor == second
    by_text = lookup(
        site, path, {"pageIndex": 0, "pageSize": 300, "searchStr": product["title"][:8].upper()}
    ).json()["ProductMetadataList"]
    assert product in by_text
    ask = {"pageIndex": 0, "pageSize": 300, "asins": ["SHORT"]}
    assert lookup(site, path, ask).status_code == 400
    unknown = ask | {"asins": ["B0XXXXXXXX"]}
    assert lookup(site, path, unknown).json()["ProductMetadataList"] == []


def test_every_data_source_names_its_columns(site: Site) -> None:
    found, token = [], ""
    while True:
        page = site.report("GET", "/dataSources", params={"limit": "5", "nextToken": token}).json()
        found += page["dataSources"]
        if "nextToken" not in page:
            break
        token = page["nextToken"]
    names = {item["dataSourceId"] for item in found}
    assert {"dsp_impressions", "sponsored_ads_traffic", "conversions"} <= names
    assert all(item["columns"] for item in found)
    allowed = {"NONE", "LOW", "MEDIUM", "HIGH", "VERY_HIGH", "INTERNAL"}
    assert {column["sensitivity"] for item in found for column in item["columns"]} <= allowed
    users = {item["dataSourceId"]: item for item in found}["dsp_impressions"]["columns"]
    assert next(c for c in users if c["name"] == "user_id")["sensitivity"] == "VERY_HIGH"
    assert site.report("GET", "/dataSources/nope").status_code == 400


def test_schedules_are_kept_replaced_and_deleted(site: Site) -> None:
    save = {"workflowId": "for-schedules", "sqlQuery": ADHOC}
    assert site.report("POST", "/workflows", json=save).ok
    body = {"scheduleId": "s1", "workflowId": "for-schedules", "aggregationPeriod": "Daily",
            "aggregationHourUtc": "7", "aggregationStartDay": "Tuesday",
            "scheduleEnabled": "True"}  # fmt: skip
    assert site.report("POST", "/schedules", json=body).json() == {}
    kept = site.report("GET", "/schedules/s1").json()
    assert kept == {"scheduleId": "s1", "workflowId": "for-schedules", "scheduleEnabled": True,
                    "aggregationPeriod": "Daily", "aggregationHourUtc": 7}  # fmt: skip
    assert site.report("POST", "/schedules", json=body).status_code == 400
    assert site.report("POST", "/schedules", json=body | {"workflowId": "no"}).status_code == 400
    late = body | {"aggregationHourUtc": 24}
    assert site.report("PUT", "/schedules/s1", json=late).status_code == 400
    weekly = body | {"aggregationPeriod": "Weekly"}
    assert site.report("PUT", "/schedules/s1", json=weekly).json() == {}
    assert site.report("GET", "/schedules/s1").json()["aggregationStartDay"] == "Tuesday"
    assert site.report("DELETE", "/schedules/s1").json() == {}
    assert site.report("GET", "/schedules/s1").status_code == 400
    assert site.report("DELETE", "/workflows/for-schedules").json() == {}
