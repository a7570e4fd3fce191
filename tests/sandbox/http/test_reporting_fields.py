"""Fields of workflows and executions one by one: what each does to the answer or the result."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from amc.sandbox.world import load_world
from tests.sandbox.http.scenario_base import ADHOC, EXPLICIT, fresh_id
from tests.sandbox.site import Site, eventually

REPORT = {"workflow": {"sqlQuery": ADHOC}, **EXPLICIT}
Tune = Callable[..., None]


def text_of(site: Site, run: dict[str, Any], instance_id: str | None = None) -> str:
    path = f"/workflowExecutions/{run['workflowExecutionId']}/downloadUrls"
    url = site.report("GET", path, instance_id).json()["downloadUrls"][0]
    return requests.get(url, timeout=10).text


def test_an_answer_says_whether_elements_may_be_null(site: Site) -> None:
    """Requests leave elementNullable out, answers add it."""
    ids = {"name": "ids", "dataType": {"type": "ARRAY", "elementDataType": "STRING"}}
    sql = (
        "SELECT campaign, SUM(impressions) AS n FROM sponsored_ads_traffic "
        "WHERE ARRAY_CONTAINS(CUSTOM_PARAMETER('ids'), campaign_id_string) GROUP BY 1"
    )
    name = fresh_id()
    body = {"workflowId": name, "sqlQuery": sql, "inputParameters": [ids]}
    assert site.report("POST", "/workflows", json=body).json() == {}
    saved = site.report("GET", f"/workflows/{name}").json()
    assert saved["inputParameters"][0]["dataType"] == {
        "type": "ARRAY", "elementDataType": "STRING", "elementNullable": False,
    }  # fmt: skip


def test_nulls_and_empty_texts_stand_for_nothing(site: Site) -> None:
    name = fresh_id()
    body = {
        "workflowId": name, "sqlQuery": ADHOC, "inputParameters": None, "outputFormat": None,
        "privacyFilteringBehavior": "", "distinctUserCountColumn": "",
    }  # fmt: skip
    assert site.report("POST", "/workflows", json=body).json() == {}
    assert site.report("GET", f"/workflows/{name}").json() == {
        "workflowId": name, "sqlQuery": ADHOC,
    }  # fmt: skip
    nothing = {
        "workflowExecutionTimeoutSeconds": "", "parameterValues": None, "advertisers": None,
        "dryRun": "", "timeWindowTimeZone": "", "requireSyntheticData": None,
    }  # fmt: skip
    assert site.run(REPORT | nothing)["status"] == "SUCCEEDED"
    schedule = {"scheduleId": fresh_id(), "workflowId": name, "aggregationStartDay": "",
                "aggregationHourUtc": "", "scheduleEnabled": None}  # fmt: skip
    assert site.report("POST", "/schedules", json=schedule).json() == {}


def test_window_times_with_a_z_by_a_switch(site: Site, tuned: Tune) -> None:
    zulu = REPORT | {
        "timeWindowStart": "2026-09-01T00:00:00Z", "timeWindowEnd": "2026-09-08T00:00:00Z",
        "timeWindowTimeZone": "UTC",
    }  # fmt: skip
    stripped = site.run(zulu)
    assert stripped["timeWindowStartOriginal"] == "2026-09-01T00:00:00"
    assert text_of(site, stripped).count("\n") > 1
    tuned(zulu_windows="empty")
    assert text_of(site, site.run(zulu)).count("\n") == 1
    assert text_of(site, site.run(REPORT)).count("\n") > 1
    tuned(zulu_windows="refuse")
    assert site.report("POST", "/workflowExecutions", json=zulu).status_code == 400
    relative = zulu | {"timeWindowType": "MOST_RECENT_DAY"}  # the times mean nothing here
    assert site.report("POST", "/workflowExecutions", json=relative).status_code == 200


@pytest.mark.parametrize("status", [400, 404])
def test_an_unknown_id_is_400_or_404_by_a_switch(site: Site, tuned: Tune, status: int) -> None:
    tuned(unknown_id_status=status)
    for path in ("/workflows/no", "/workflowExecutions/no", "/schedules/no", "/dataSources/no"):
        answer = site.report("GET", path)
        assert answer.status_code == status
        assert answer.json()["code"] == str(status)
        assert answer.json()["details"].endswith("with ID no does not exist.")
    made = site.report("POST", "/workflowExecutions", json={"workflowId": "no"})
    assert made.status_code == 400  # the specification knows no 404 for a POST


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ({}, '"campaign","impressions"'),
        ({"separatorCharacter": ";"}, '"campaign";"impressions"'),
        ({"quoteCharacter": "'"}, "'campaign','impressions'"),
    ],
)
def test_the_output_format_quotes_the_file(site: Site, form: dict[str, str], line: str) -> None:
    run = site.run(REPORT | {"workflow": {"sqlQuery": ADHOC, "outputFormat": form}})
    plain = line.replace('"', "").replace("'", "")
    first = text_of(site, run).splitlines()[0]
    assert first in (line, plain)


def test_declared_output_columns_must_match(site: Site) -> None:
    columns = [{"name": "campaign", "dataType": "STRING", "columnType": "DIMENSION"}]
    body = {"workflowId": fresh_id(), "sqlQuery": ADHOC, "outputColumns": columns}
    answer = site.report("POST", "/workflows", json=body)
    assert answer.status_code == 400
    assert answer.json()["details"].startswith("Was unable to compile workflow")


def test_advertisers_narrow_the_data(site: Site) -> None:
    instance = site.instance_id("SANDBOX")
    brands = load_world().instance(instance).brands  # type: ignore[union-attr]
    wanted = brands[0]
    body = REPORT | {"requireSyntheticData": True}
    every = text_of(site, site.run(body, instance), instance).splitlines()[1:]
    assert any(not row.split("|")[1].strip().startswith(wanted.name) for row in every)
    one = {"id": wanted.entity_id, "type": "SPONSORED_ADS", "marketplaceId": "ATVPDKIKX0DER"}
    run = site.run(body | {"advertisers": [one]}, instance)
    assert run["advertisers"] == [one]
    rows = text_of(site, run, instance).splitlines()[1:]
    assert rows
    assert set(rows) == {row for row in every if row.split("|")[1].strip() == wanted.name}
    nobody = site.run(body | {"advertisers": [one | {"id": "ENTITY0"}]}, instance)
    assert text_of(site, nobody, instance).count("\n") == 1


def test_a_finished_run_names_its_file_in_the_customers_bucket(site: Site) -> None:
    shown = site.call("GET", f"/amc/instances/{site.instance_id()}").json()["instance"]
    done = site.run(REPORT)
    folder = f"s3://{shown['s3BucketName']}/workflow={done['workflowId']}/schedule=adhoc/"
    assert done["outputS3URI"].startswith(folder)
    assert site.run(REPORT | {"skipPublish": True})["outputS3URI"] == "N/A"
    assert shown["awsAccountId"].isdigit()


def test_a_native_schedule_delivers_hours_after_its_hour(own_site: Site) -> None:
    own_site.local("PUT", "/clock", json={"now": "2026-09-07T05:59:50Z"})
    own_site.report("POST", "/workflows", json={"workflowId": "w", "sqlQuery": ADHOC})
    daily = {"scheduleId": "d", "workflowId": "w", "aggregationHourUtc": 6}
    own_site.report("POST", "/schedules", json=daily)
    own_site.local("PUT", "/clock", json={"now": "2026-09-07T12:29:00Z"})
    own_site.tokens = {}

    def listed() -> list[dict[str, Any]]:
        query = {"workflowId": "w"}
        answer = own_site.report("GET", "/workflowExecutions", params=query)
        return list(answer.json()["executions"])

    fired = eventually(listed, "the slot to fire")[0]
    assert (fired["status"], fired["waitUntil"]) == ("PENDING", "2026-09-07T12:30:00Z")
    own_site.local("PUT", "/clock", json={"now": "2026-09-07T12:30:00Z"})
    done = own_site.wait(fired["workflowExecutionId"])
    assert done["status"] == "SUCCEEDED"
    assert done["timeWindowEnd"] == "2026-09-07T06:00:00Z"
    path = f"/workflowExecutions/{fired['workflowExecutionId']}/downloadUrls"
    url = own_site.report("GET", path).json()["downloadUrls"][0]
    assert "/workflow%3Dw/schedule%3Ddaily/2026-09-07-w-ver1.csv?" in url


@pytest.mark.parametrize("value", ["yes", "1", "on", 1, 0, 2.5, []])
def test_a_boolean_is_true_or_false_and_nothing_else(site: Site, value: object) -> None:
    body = {"workflow": {"sqlQuery": ADHOC}, "dryRun": value}
    answer = site.report("POST", "/workflowExecutions", json=body)
    assert answer.status_code == 400
    assert answer.json()["details"] == "Invalid value for dryRun: Input should be a valid boolean."


def test_texts_in_place_of_booleans_and_numbers_by_a_switch(site: Site, tuned: Tune) -> None:
    good = {"workflow": {"sqlQuery": ADHOC}, "dryRun": True, "workflowExecutionTimeoutSeconds": 900}
    texts = {"dryRun": "True", "workflowExecutionTimeoutSeconds": "900", "ignoreDataGaps": "false"}
    schedule = {"scheduleId": "s", "workflowId": "w", "aggregationHourUtc": "9"}
    tuned(strict_types=False)
    for name, text in texts.items():
        made = site.report("POST", "/workflowExecutions", json=good | {name: text})
        assert made.status_code == 200, made.text
    tuned(strict_types=True)
    assert site.report("POST", "/workflowExecutions", json=good).status_code == 200
    for name, text in texts.items():
        answer = site.report("POST", "/workflowExecutions", json=good | {name: text})
        assert answer.status_code == 400
        assert name in answer.json()["details"]
    answer = site.report("POST", "/schedules", json=schedule)
    assert (answer.status_code, "aggregationHourUtc" in answer.text) == (400, True)
    # In a query every value is a text.
    listed = {"workflowId": "w", "includeCancelled": "True"}
    assert site.report("GET", "/workflowExecutions", params=listed).status_code == 200


@pytest.mark.parametrize("missing", ["timeWindowStart", "timeWindowEnd"])
def test_an_explicit_window_without_an_end_names_the_field(site: Site, missing: str) -> None:
    body = {name: value for name, value in REPORT.items() if name != missing}
    answer = site.report("POST", "/workflowExecutions", json=body)
    assert answer.status_code == 400
    assert answer.json() == {"code": "400", "details": f"Required field {missing} is missing."}
