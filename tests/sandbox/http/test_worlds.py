"""The worlds as a client sees them, page by page: who is there, in which zone, in whose money."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.site import CLIENT, Site, eventually, serving

Doc = dict[str, Any]
MONEY = (
    "SELECT purchase_currency, marketplace_name, COUNT(DISTINCT user_id) AS buyers "
    "FROM conversions WHERE event_subtype = 'order' GROUP BY 1, 2"
)
ZONES = (
    "SELECT advertiser_timezone, currency_iso_code, SUM(impressions) AS n "
    "FROM sponsored_ads_traffic GROUP BY 1, 2"
)


class Client:
    """Somebody's client: plain requests, nothing of ours but the address and a token."""

    def __init__(self, site: Site) -> None:
        self.url = site.url
        self.headers = {"Amazon-Advertising-API-ClientId": CLIENT,
                        "Authorization": site.headers["Authorization"]}  # fmt: skip

    def get(self, path: str, headers: Doc | None = None, **query: str) -> Any:
        answer = requests.get(self.url + path, headers=self.headers | (headers or {}),
                              params=query, timeout=20)  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, key: str, headers: Doc | None = None, **query: str) -> list[Any]:
        """Every page's items."""
        found, token, seen = [], "", set[str]()
        while True:
            page = self.get(path, headers, nextToken=token, **query)
            found.append(page[key])
            token = page.get("nextToken") or ""
            if not token:
                return found
            assert token not in seen, "the token of a page came again"
            seen.add(token)

    def accounts(self) -> list[tuple[Doc, Doc]]:
        """AMC accounts, each with the two headers that its calls carry."""
        listed = [item for page in self.pages("/amc/accounts", "amcAccounts") for item in page]
        return [
            (item, {"Amazon-Advertising-API-AdvertiserId": item["accountId"],
                    "Amazon-Advertising-API-MarketplaceId": item["marketplaceId"]})
            for item in listed
        ]  # fmt: skip

    def instances(self, headers: Doc, limit: str) -> list[Doc]:
        pages = self.pages("/amc/instances", "instances", headers, limit=limit)
        assert all(len(page) == int(limit) for page in pages[:-1])
        return [item for page in pages for item in page]

    def table(self, headers: Doc, instance_id: str, sql: str) -> list[list[str]]:
        """The lines of a query's result over an ad hoc execution, without the header."""
        base = f"/amc/reporting/{instance_id}/workflowExecutions"
        body = {
            "workflow": {"sqlQuery": sql}, "timeWindowType": "EXPLICIT",
            "timeWindowStart": "2026-09-01T00:00:00", "timeWindowEnd": "2026-10-01T00:00:00",
            "timeWindowTimeZone": "UTC",
        }  # fmt: skip
        made = requests.post(
            self.url + base, headers=self.headers | headers, json=body, timeout=20
        ).json()
        path = f"{base}/{made['workflowExecutionId']}"
        eventually(lambda: self.get(path, headers)["status"] == "SUCCEEDED", f"{sql} to succeed")
        url = self.get(f"{path}/downloadUrls", headers)["downloadUrls"][0]
        return list(csv.reader(requests.get(url, timeout=20).text.splitlines()))[1:]


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("regions")
    with serving(folder, world="multi-region", clock="2026-11-02T09:00:00Z") as site:
        yield Client(site)


def test_the_default_world_page_by_page(site: Site) -> None:
    client = Client(site)
    found = {item["accountName"]: client.instances(headers, "9")
             for item, headers in client.accounts()}  # fmt: skip
    assert len(found) == 2
    ids = [item["instanceId"] for items in found.values() for item in items]
    assert len(ids) == len(set(ids)) == 58
    assert all(item["entities"] == ["NA"] for items in found.values() for item in items)


def test_each_region_has_accounts_instances_and_profiles_of_its_own(regions: Client) -> None:
    entities: dict[str, set[str]] = {}
    for item, headers in regions.accounts():
        found = regions.instances(headers, "2")
        assert found
        assert {instance["creationStatus"] for instance in found} == {"COMPLETED"}
        [region] = {entity for instance in found for entity in instance["entities"]}
        entities.setdefault(region, set()).add(item["marketplaceId"])
    assert entities == {
        "NA": {"ATVPDKIKX0DER"}, "EU": {"A1F83G8C2ARO7P"}, "FE": {"A1VC38T7YXB528"},
    }  # fmt: skip
    profiles = {
        (region, p["countryCode"], p["currencyCode"], p["timezone"])
        for region in ("eu", "fe")
        for p in regions.get(f"/{region}/v2/profiles")
    }
    assert profiles == {
        ("eu", "UK", "GBP", "Europe/London"), ("eu", "DE", "EUR", "Europe/Berlin"),
        ("fe", "JP", "JPY", "Asia/Tokyo"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("brand", "currency", "market", "zone"),
    [
        ("brightmuguk", "GBP", "AMAZON.CO.UK", "Europe/London"),
        ("alderpinede", "EUR", "AMAZON.DE", "Europe/Berlin"),
        ("brightmugjp", "JPY", "AMAZON.CO.JP", "Asia/Tokyo"),
    ],
)
def test_money_and_zone_of_a_query_are_the_regions(
    regions: Client, brand: str, currency: str, market: str, zone: str
) -> None:
    [(headers, instance_id)] = [
        (headers, instance["instanceId"])
        for _, headers in regions.accounts()
        for instance in regions.instances(headers, "100")
        if instance["instanceName"] == brand
    ]
    [(money, shop, buyers)] = regions.table(headers, instance_id, MONEY)
    assert (money, shop) == (currency, market)
    assert int(buyers) >= 100
    [(place, code, impressions)] = regions.table(headers, instance_id, ZONES)
    assert (place, code) == (zone, currency)
    assert int(impressions) > 10_000


def test_an_empty_account_can_be_given_its_first_instance(tmp_path: Path) -> None:
    with serving(tmp_path, world="empty") as site:
        client = Client(site)
        [(_, headers)] = client.accounts()
        assert client.get("/amc/instances", headers) == {"instances": [], "nextToken": None}
        assert client.get("/v2/profiles", profileTypeFilter="vendor,seller") == []
        made = requests.post(
            f"{client.url}/amc/instances", headers=client.headers | headers,
            json={"instanceName": "First one"}, timeout=20,
        ).json()["instance"]  # fmt: skip
        assert made["creationStatus"] == "REQUESTED"
        eventually(
            lambda: client.instances(headers, "1")[0]["creationStatus"] == "COMPLETED",
            "the instance to be made",
        )
        [found] = client.instances(headers, "100")
        assert (found["instanceId"], found["instanceName"]) == (made["instanceId"], "First one")


def test_a_thousand_instances_page_by_page_and_the_last_one_answers(tmp_path: Path) -> None:
    with serving(tmp_path, world="large", clock="2026-11-02T09:00:00Z") as site:
        client = Client(site)
        [(_, headers)] = client.accounts()
        found = client.instances(headers, "37")
        assert len({item["instanceId"] for item in found}) == 1000
        assert len({item["instanceName"] for item in found}) == 1000
        assert [item["instanceId"] for item in client.instances(headers, "100")] == [
            item["instanceId"] for item in found
        ]
        last = found[-1]["instanceId"]
        assert client.table(headers, last, ZONES)
        brands = client.pages(f"/amc/instances/{last}/advertisers", "advertisers", headers)
        assert brands[0]
