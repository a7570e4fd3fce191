"""Instant self-service instances: made by the first question, of one brand's sponsored ads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from amc.sandbox.world import load_world
from tests.sandbox.http.scenario_base import ADHOC, EXPLICIT
from tests.sandbox.site import Site, serving

BRAND = next(b for i in load_world().instances for b in i.brands if b.name == "Kindred Paws")


@pytest.fixture(scope="module")
def instant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("instant"), instant_provisioning_s=300) as running:
        running.local("PUT", "/clock", json={"now": "2026-10-01T00:00:00Z", "freeze": True})
        yield running


def call(site: Site, method: str, path: str, **more: object) -> requests.Response:
    headers = site.headers | {
        "Amazon-Advertising-API-AdvertiserId": BRAND.entity_id,
        "Amazon-Advertising-API-MarketplaceId": BRAND.market.marketplace_id,
    }
    return site.session.request(method, site.url + path, headers=headers, **more)


def test_the_first_question_makes_it_and_it_takes_up_to_300_seconds(instant: Site) -> None:
    first = call(instant, "GET", "/amc/instances").json()["instances"]
    assert len(first) == 1
    made = first[0]
    assert (made["creationStatus"], made["creationDatetime"]) == ("IN_PROGRESS", None)
    assert (made["instanceType"], made["acrCollaboration"]) == ("STANDARD", None)
    early = call(
        instant, "PUT", f"/amc/instances/{made['instanceId']}", json={"instanceName": "a b"}
    )
    assert early.status_code == 400
    instant.local("PUT", "/clock", json={"advance_s": 299})
    assert call(instant, "GET", "/amc/instances").json()["instances"] == first
    instant.local("PUT", "/clock", json={"advance_s": 1})
    again = call(instant, "GET", "/amc/instances").json()["instances"]
    assert [item["instanceId"] for item in again] == [made["instanceId"]]
    assert again[0]["creationStatus"] == "COMPLETED"
    assert again[0]["apiEndpoint"] == "https://advertising-api.amazon.com"


def made(site: Site) -> str:
    call(site, "GET", "/amc/instances")
    site.local("PUT", "/clock", json={"advance_s": 300})
    return str(call(site, "GET", "/amc/instances").json()["instances"][0]["instanceId"])


def test_what_it_does_not_support_is_400(instant: Site) -> None:
    path = f"/amc/instances/{made(instant)}"
    entity = {"id": BRAND.entity_id, "type": "SPONSORED_ADS"}
    for method, where, body in [
        ("POST", "/amc/instances", {"instanceName": "another"}),
        ("DELETE", path, None),
        ("POST", f"{path}/advertisers/updates", {"advertisersToAdd": [entity]}),
        ("PUT", path, {"advertiserName": "another"}),
        ("GET", f"{path}/collaboration", None),
    ]:
        answer = call(instant, method, where, json=body)
        assert answer.status_code == 400, (method, where, answer.text)
        assert "not supported" in answer.json()["details"]
    renamed = call(instant, "PUT", path, json={"instanceName": "my own"}).json()["instance"]
    assert renamed["instanceName"] == "my own"
    held = call(instant, "GET", f"{path}/advertisers").json()
    assert [(item["id"], item["type"]) for item in held["advertisers"]] == [
        (BRAND.entity_id, "SPONSORED_ADS")
    ]


def test_its_queries_see_the_brands_sponsored_ads_only(instant: Site) -> None:
    base = f"/amc/reporting/{made(instant)}"
    instant.tokens = {}
    body = {"workflow": {"sqlQuery": ADHOC}, **EXPLICIT}
    run = call(instant, "POST", f"{base}/workflowExecutions", json=body).json()
    instant.local("PUT", "/clock", json={"freeze": False})
    path = f"{base}/workflowExecutions/{run['workflowExecutionId']}"
    status = ""
    while status not in ("SUCCEEDED", "FAILED", "REJECTED"):
        status = call(instant, "GET", path).json()["status"]
    assert status == "SUCCEEDED"
    url = call(instant, "GET", f"{path}/downloadUrls").json()["downloadUrls"][0]
    rows = requests.get(url, timeout=10).text.splitlines()[1:]
    assert rows
    assert all("Kindred Paws" in row for row in rows)
    sources = call(instant, "GET", f"{base}/dataSources").json()["dataSources"]
    dsp = next(item for item in sources if item["dataSourceId"] == "dsp_impressions")
    assert dsp["outputChannels"][0]["outputAvailable"] is False


def test_it_is_no_amc_account_and_only_its_owner_sees_it(instant: Site) -> None:
    listed = instant.session.get(f"{instant.url}/amc/accounts", headers=instant.headers).json()
    assert BRAND.entity_id not in [item["accountId"] for item in listed["amcAccounts"]]
    second = instant.grant(user="amzn1.account.LOCALUSER0002")  # of the other account
    headers = {
        "Authorization": f"Bearer {second['access_token']}",
        "Amazon-Advertising-API-ClientId": instant.headers["Amazon-Advertising-API-ClientId"],
        "Amazon-Advertising-API-AdvertiserId": BRAND.entity_id,
        "Amazon-Advertising-API-MarketplaceId": BRAND.market.marketplace_id,
    }
    answer = instant.session.get(f"{instant.url}/amc/instances", headers=headers)
    assert (answer.status_code, answer.json()["details"]) == (403, "Unauthorized request.")


def test_it_is_still_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        name = call(first, "GET", "/amc/instances").json()["instances"][0]["instanceId"]
    with serving(tmp_path, instant_provisioning_s=0) as second:
        assert second.sandbox.port.readable(name) >= {"sponsored_ads_traffic"}
        found = call(second, "GET", f"/amc/instances/{name}").json()["instance"]
        assert found["creationStatus"] == "COMPLETED"
