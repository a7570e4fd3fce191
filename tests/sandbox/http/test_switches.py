"""Switches, other worlds, and the log of truth."""

from pathlib import Path

import pytest

from tests.sandbox.http.scenarios import ADHOC
from tests.sandbox.http.test_executions import REPORT
from tests.sandbox.site import CLIENT, Site, eventually, serving


def test_unknown_fields_come_by_a_switch(site: Site, tuned) -> None:
    plain = site.report("GET", "/workflows").json()
    tuned(unknown_fields=True)
    assert set(site.report("GET", "/workflows").json()) - set(plain) == {"experimentalField"}


def test_a_new_execution_is_listed_after_the_lag(own_site: Site) -> None:
    own_site.local("PUT", "/options", json={"listing_lag_s": 60})
    made = own_site.run(REPORT)["workflowExecutionId"]
    query = {"minCreationTime": "2020-01-01T00:00:00"}

    def listed() -> list[str]:
        page = own_site.report("GET", "/workflowExecutions", params=query).json()
        return [item["workflowExecutionId"] for item in page["executions"]]

    assert listed() == []
    own_site.local("PUT", "/clock", json={"advance_s": 61})
    assert listed() == [made]


@pytest.mark.parametrize(
    "body", [{"workers": 0}, {"unheard": 1}, {"rate_per_s": "fast"}, {"compile_errors": "never"}]
)
def test_a_wrong_switch_changes_nothing(site: Site, body: dict[str, object]) -> None:
    before = site.local("GET", "/options")
    answer = site.session.put(f"{site.url}/_local/options", json=body | {"pending_s": 5})
    assert answer.status_code == 400
    assert next(iter(body)) in answer.json()["message"]
    assert site.local("GET", "/options") == before


def test_the_log_of_truth_holds_what_was_accepted_and_what_became_of_it(own_site: Site) -> None:
    saved = {
        "workflowId": "amcm-1",
        "sqlQuery": ADHOC.replace("GROUP", "WHERE campaign <> CUSTOM_PARAMETER('x') GROUP"),
        "inputParameters": [{"name": "x", "dataType": "STRING"}],
    }
    assert own_site.report("POST", "/workflows", json=saved).ok
    body = REPORT | {"workflowId": "amcm-1", "parameterValues": {"x": 'O\'Brien & "Söhne" – 50 %'}}
    del body["workflow"]
    made = own_site.run(body)
    refused = own_site.report("POST", "/workflowExecutions", json={"workflowId": "none"})
    assert refused.status_code == 400
    (line,) = own_site.local("GET", "/log/executions")["executions"]
    assert line["execution_id"] == made["workflowExecutionId"]
    assert line["client_id"] == CLIENT
    assert line["instance_id"] == own_site.instance_id()
    assert line["workflow_id"] == "amcm-1"
    assert line["parameter_values"] == {"x": 'O\'Brien & "Söhne" – 50 %'}
    assert line["window"] == {
        "type": "EXPLICIT",
        "start": "2026-09-01T04:00:00Z",
        "end": "2026-09-08T04:00:00Z",
        "zone": "America/New_York",
    }
    assert line["body"] == body
    assert line["sql"] == saved["sqlQuery"]
    assert line["outcome"] == made["status"] == "SUCCEEDED"
    assert line["finished_at"] >= line["at"]
    after = own_site.local("GET", f"/log/executions?after={line['seq']}")
    assert after == {"executions": []}
    assert own_site.local("GET", "/log/totals")["executions"] == {"SUCCEEDED": 1}


def test_a_cancelled_execution_is_in_the_log_as_such(own_site: Site) -> None:
    own_site.local("PUT", "/options", json={"pending_s": 60})
    made = own_site.run(REPORT, wait=False)["workflowExecutionId"]
    own_site.report("DELETE", f"/workflowExecutions/{made}")
    eventually(
        lambda: own_site.local("GET", "/log/executions")["executions"][0]["outcome"] == "CANCELLED",
        "the outcome to be logged",
    )


def test_regions_answer_for_themselves(tmp_path: Path) -> None:
    with serving(tmp_path, world="multi-region", rate_per_s=4) as site:
        regions = {}
        for account in site.sandbox.directory.accounts():
            regions.setdefault(account.region, account)
        assert set(regions) == {"NA", "EU", "FE"}
        seen = {
            region: {
                item["countryCode"]
                for item in site.call("GET", f"/{region.lower()}/v2/profiles").json()
            }
            for region in regions
        }
        assert "US" in seen["NA"]
        assert seen["EU"] == {"UK", "DE"}
        assert seen["FE"] == {"JP"}
        # Every region has a rate of its own, also over the one host.
        codes = {}
        for region, account in regions.items():
            headers = {
                "Amazon-Advertising-API-AdvertiserId": account.entity_id,
                "Amazon-Advertising-API-MarketplaceId": account.marketplace_id,
            }
            codes[region] = [
                site.call("GET", "/amc/instances", headers=headers).status_code for _ in range(3)
            ]
        assert codes == {region: [200, 200, 200] for region in regions}


def test_an_empty_account_has_no_instances(tmp_path: Path) -> None:
    with serving(tmp_path, world="empty") as site:
        answer = site.call("GET", "/amc/instances")
        assert answer.json() == {"instances": [], "nextToken": None}


def test_a_thousand_instances_page_by_hundreds(tmp_path: Path) -> None:
    with serving(tmp_path, world="large") as site:
        found, token, pages = [], None, 0
        while True:
            page = site.call("GET", "/amc/instances", params={"nextToken": token}).json()
            found += [item["instanceId"] for item in page["instances"]]
            pages, token = pages + 1, page["nextToken"]
            if token is None:
                break
        assert (len(set(found)), pages) == (1000, 10)
