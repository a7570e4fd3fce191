"""How instances come to be: their states over time, limits, collaborations, empty tables."""

from collections.abc import Iterator

import pytest

from amc.sandbox.http import advertisers, instance_book
from tests.sandbox.http.scenario_base import ADHOC, EXPLICIT
from tests.sandbox.site import Site, serving


@pytest.fixture
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A clock that stands, and thirty seconds to make an instance."""
    with serving(tmp_path_factory.mktemp("still"), provisioning_s=30) as running:
        running.local("PUT", "/clock", json={"now": "2026-10-01T00:00:00Z", "freeze": True})
        yield running


def test_it_goes_through_every_state_and_gets_its_names_at_the_end(still: Site) -> None:
    body = {"instanceName": "new one", "advertiserName": "An Advertiser", "s3BucketName": "amc-x"}
    made = still.call("POST", "/amc/instances", json=body).json()["instance"]
    path, seen = f"/amc/instances/{made['instanceId']}", [made]
    for _ in range(3):
        still.local("PUT", "/clock", json={"advance_s": 10})
        seen.append(still.call("GET", path).json()["instance"])
    assert [item["creationStatus"] for item in seen] == [
        "REQUESTED", "SUBMITTED", "IN_PROGRESS", "COMPLETED",
    ]  # fmt: skip
    for early in seen[:3]:
        for field in ("customerCanonicalName", "creationDatetime", "apiEndpoint"):
            assert early[field] is None
    done = seen[3]
    assert done["creationDatetime"] == "2026-10-01T00:00:30.000000Z"
    assert (done["customerCanonicalName"], done["s3BucketName"]) == ("An Advertiser", "amc-x")
    assert (done["instanceType"], done["entities"]) == ("STANDARD", ["NA"])


def test_an_idempotency_token_holds_for_ten_minutes(still: Site) -> None:
    body = {"instanceName": "token one", "idempotencyToken": "t" * 36}
    first = still.call("POST", "/amc/instances", json=body).json()["instance"]["instanceId"]
    still.local("PUT", "/clock", json={"advance_s": 599})
    again = still.call("POST", "/amc/instances", json=body).json()["instance"]["instanceId"]
    assert again == first
    still.local("PUT", "/clock", json={"advance_s": 1})
    assert still.call("POST", "/amc/instances", json=body).status_code == 400  # the name is taken
    for token in ("t" * 37, ""):
        bad = body | {"idempotencyToken": token}
        assert still.call("POST", "/amc/instances", json=bad).status_code == 400


def test_a_collaboration_is_there_when_it_was_asked_for(still: Site) -> None:
    body = {"instanceName": "clean room", "acrBacked": "True", "acrCustomerPartners": [{"a": 1}]}
    made = still.call("POST", "/amc/instances", json=body).json()["instance"]
    assert set(made["acrCollaboration"]) == {"id", "name", "description"}
    path = f"/amc/instances/{made['instanceId']}/collaboration"
    assert still.call("GET", path).json() == {"collaboration": made["acrCollaboration"]}
    plain = f"/amc/instances/{still.instance_id()}"
    assert still.call("GET", plain).json()["instance"]["acrCollaboration"] is None
    assert still.call("GET", f"{plain}/collaboration").status_code == 404


def test_accounts_and_instances_have_a_most(still: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (instance_book.MOST_INSTANCES, advertisers.MOST_ADVERTISERS) == (4000, 2000)
    monkeypatch.setattr(instance_book, "MOST_INSTANCES", 50)
    full = still.call("POST", "/amc/instances", json={"instanceName": "one more"})
    assert (full.status_code, "at most 50" in full.json()["details"]) == (400, True)
    monkeypatch.setattr(advertisers, "MOST_ADVERTISERS", 2)
    path = f"/amc/instances/{still.instance_id()}/advertisers/updates"
    add = {"advertisersToAdd": [{"id": "1", "type": "DISPLAY"}]}
    assert still.call("POST", path, json=add).status_code == 400
    eleven = {"advertisersToAdd": [{"id": str(n), "type": "DISPLAY"} for n in range(11)]}
    assert still.call("POST", path, json=eleven).status_code == 400


def test_lists_of_advertisers_are_longer_than_others(still: Site) -> None:
    path = f"/amc/instances/{still.instance_id()}/advertisers"
    page = still.call("GET", path, params={"limit": "1000"}).json()
    assert page["totalCount"] == len(page["advertisers"]) == 2
    assert {item["type"]: item["marketplaceId"] for item in page["advertisers"]} == {
        "DISPLAY": None, "SPONSORED_ADS": "ATVPDKIKX0DER",
    }  # fmt: skip
    first = still.call("GET", path, params={"limit": "1"}).json()
    assert still.call("GET", path, params={"nextToken": first["nextToken"]}).json()[
        "advertisers"
    ] == [page["advertisers"][1]]
    for bad in ({"limit": "1001"}, {"type": "TV"}):
        assert still.call("GET", path, params=bad).status_code == 422


def test_an_update_goes_from_pending_to_completed_and_names_the_advertiser(still: Site) -> None:
    made = still.call("POST", "/amc/instances", json={"instanceName": "to fill"}).json()["instance"]
    still.local("PUT", "/clock", json={"advance_s": 30})
    path = f"/amc/instances/{made['instanceId']}/advertisers"
    theirs = still.call("GET", f"/amc/instances/{still.instance_id()}/advertisers").json()
    items = [{k: x[k] for k in ("id", "type", "marketplaceId")} for x in theirs["advertisers"]]
    update = still.call("POST", f"{path}/updates", json={"advertisersToAdd": items}).json()
    assert update["advertiserUpdate"]["status"] == "PENDING"
    seen = []
    for _ in range(2):
        still.local("PUT", "/clock", json={"advance_s": 15})
        seen.append(still.call("GET", f"{path}/updates/0").json()["advertiserUpdate"]["status"])
    assert seen == ["UPDATING", "COMPLETED"]
    assert still.call("GET", path).json()["advertisers"] == theirs["advertisers"]
    gone = {"advertisersToRemove": items[:1]}
    assert (
        still.call("POST", f"{path}/updates", json=gone).json()["advertiserUpdate"]["updateId"] == 1
    )
    still.local("PUT", "/clock", json={"advance_s": 30})
    assert still.call("GET", path).json()["totalCount"] == 1


def test_a_new_instance_has_tables_with_no_data(still: Site) -> None:
    made = still.call("POST", "/amc/instances", json={"instanceName": "no data"}).json()
    instance = made["instance"]["instanceId"]
    still.local("PUT", "/clock", json={"advance_s": 30})
    sources = still.report("GET", "/dataSources", instance).json()["dataSources"]
    found = {item["dataSourceId"]: item["outputChannels"][0] for item in sources}
    assert found["sponsored_ads_traffic"]["outputAvailable"] is True
    done = still.run({"workflow": {"sqlQuery": ADHOC}, **EXPLICIT}, instance)
    assert done["status"] == "SUCCEEDED"
    path = f"/workflowExecutions/{done['workflowExecutionId']}/downloadUrls"
    url = still.report("GET", path, instance).json()["downloadUrls"][0]
    assert still.session.get(url).text.count("\n") == 1


def test_paid_and_missing_tables_are_declared_as_such(site: Site) -> None:
    plain = site.report("GET", "/dataSources").json()["dataSources"]
    found = {item["dataSourceId"]: item for item in plain}
    paid = found["amazon_retail_purchases"]
    assert paid["isPremium"] is True
    assert paid["outputChannels"][0]["outputUnavailableReason"]
    assert not [name for name in found if "_for_audiences" in name or "_eu_" in name]
    everything = site.report("GET", "/dataSources", site.instance_id("SANDBOX")).json()
    sandbox = {item["dataSourceId"]: item for item in everything["dataSources"]}
    assert sandbox["amazon_retail_purchases"]["outputChannels"][0]["outputAvailable"] is True
    refused = site.run(
        {
            "workflow": {
                "sqlQuery": ADHOC.replace("sponsored_ads_traffic", "conversions_all").replace(
                    "impressions)", "conversions)"
                )
            },
            **EXPLICIT,
        }
    )
    assert refused["status"] == "REJECTED"


def test_an_instance_in_the_making_stands_a_clock_that_is_set_back(still: Site) -> None:
    made = still.call("POST", "/amc/instances", json={"instanceName": "Set back"}).json()
    instance_id = made["instance"]["instanceId"]
    still.local("PUT", "/clock", json={"advance_s": -86_400})
    shown = still.call("GET", f"/amc/instances/{instance_id}", headers=still.account_headers())
    assert shown.json()["instance"]["creationStatus"] == "REQUESTED"
    still.local("PUT", "/clock", json={"advance_s": 86_400})
