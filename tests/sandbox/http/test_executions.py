"""Executions: windows, what existing clients rely on, list filters, cancel, limits, schedules."""

from datetime import datetime, timedelta

import pytest

from tests.sandbox.http.scenarios import ADHOC, EXPLICIT
from tests.sandbox.site import Site, eventually

REPORT = {"workflow": {"sqlQuery": ADHOC}, **EXPLICIT}


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("UTC", "2026-09-01T00:00:00Z", "2026-09-08T00:00:00Z"),
        ("America/New_York", "2026-09-01T04:00:00Z", "2026-09-08T04:00:00Z"),
        ("Asia/Tokyo", "2026-08-31T15:00:00Z", "2026-09-07T15:00:00Z"),
    ],
)
def test_a_local_window_becomes_utc(site: Site, zone: str, start: str, end: str) -> None:
    made = site.run(REPORT | {"timeWindowTimeZone": zone, "dryRun": True})
    assert (made["timeWindowStart"], made["timeWindowEnd"]) == (start, end)
    assert made["timeWindowStartOriginal"] == "2026-09-01T00:00:00"
    assert made["timeWindowTimeZoneOriginal"] == zone


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        (None, "2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z"),
        ("MOST_RECENT_DAY", "2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z"),
        ("MOST_RECENT_WEEK", "2026-03-01T05:00:00Z", "2026-03-08T05:00:00Z"),
        ("CURRENT_MONTH", "2026-03-01T05:00:00Z", "2026-03-10T12:00:00Z"),
        ("PREVIOUS_MONTH", "2026-02-01T05:00:00Z", "2026-03-01T05:00:00Z"),
    ],
)
def test_relative_windows_follow_the_zone_and_the_data(
    own_site: Site, kind: str | None, start: str, end: str
) -> None:
    # 10 March 2026, 08:30 in New York, two days after the clocks went forward there.
    own_site.local("PUT", "/clock", json={"now": "2026-03-10T12:30:00Z"})
    body = {"workflow": {"sqlQuery": ADHOC}, "timeWindowTimeZone": "America/New_York"}
    made = own_site.run(body | ({"timeWindowType": kind} if kind else {}) | {"dryRun": True})
    assert (made["timeWindowStart"], made["timeWindowEnd"]) == (start, end)


@pytest.mark.parametrize(
    "change",
    [
        {"timeWindowStart": "2026-09-01"},
        {"timeWindowStart": None},
        {"timeWindowStart": "2026-13-01T00:00:00"},
        {"timeWindowEnd": "2026-09-01T00:00:00"},
        {"timeWindowTimeZone": "Mars/Base"},
        {"timeWindowTimeZone": "../../etc/passwd"},
        {"timeWindowType": "YESTERDAY"},
        {"workflowExecutionTimeoutSeconds": 60},
        {"workflowId": "also"},
        {"workflow": None},
        {"workflow": {}},
        {"workflow": {"sqlQuery": ""}},
        {"timeWindowStart": "0001-01-01T00:00:00", "timeWindowTimeZone": "Asia/Tokyo"},
    ],
)
def test_a_request_that_cannot_be_is_400(site: Site, change: dict[str, object]) -> None:
    answer = site.report("POST", "/workflowExecutions", json=REPORT | change)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "400"


def test_what_amazons_notebook_sends_is_taken(site: Site) -> None:
    body = {
        "workflow": {"sqlQuery": f"\n{ADHOC}\n"},
        "timeWindowType": "EXPLICIT",
        "timeWindowStart": "2026-09-01T00:00:00Z",
        "timeWindowEnd": "2026-09-02T00:00:00Z",
        "ignoreDataGaps": "True",
        "workflowExecutionTimeoutSeconds": "86400",
        "dryRun": "False",
        "unheardOf": {"deep": [1]},
    }
    made = site.run(body)
    assert made["status"] == "SUCCEEDED", made
    assert made["ignoreDataGaps"] is True
    assert made["workflowExecutionTimeoutSeconds"] == 86400
    assert made["timeWindowStartOriginal"] == "2026-09-01T00:00:00"
    query = {"workflowId": made["workflowExecutionId"]}
    assert site.report("GET", "/workflowExecutions", params=query).json() == {"executions": []}


def test_what_amazons_solution_sends_is_taken(site: Site) -> None:
    made = site.run(REPORT)
    since = (datetime.fromisoformat(made["createTime"]) - timedelta(hours=1)).strftime(
        "%Y-%m-%dT%H:%M:%S"
    )
    answer = site.report("GET", f"/workflowExecutions?minCreationTime={since}&nextToken=&limit=")
    assert made["workflowExecutionId"] in [
        item["workflowExecutionId"] for item in answer.json()["executions"]
    ]
    one = site.report(
        "GET",
        f"/workflowExecutions/{made['workflowExecutionId']}?includeWorkflow=False",
        data="",
        headers={"Content-Type": "application/json", "x-amzn-service-name": "amc"},
    )
    assert "sqlQuery" not in one.json()
    assert one.json()["status"] == "SUCCEEDED"


def test_lists_filter_sort_and_page_without_loss(own_site: Site) -> None:
    instance = own_site.instance_id()
    own_site.local("PUT", "/options", json={"pending_s": 3600})
    made = []
    for _ in range(5):
        made.append(own_site.run(REPORT, instance, wait=False)["workflowExecutionId"])
        own_site.local("PUT", "/clock", json={"advance_s": 60})
    own_site.report("PUT", f"/workflowExecutions/{made[1]}", json={"status": "CANCELLED"})

    def listed(**query: str) -> list[str]:
        found, token = [], ""
        while True:
            page = own_site.report(
                "GET",
                "/workflowExecutions",
                params={"minCreationTime": "2020-01-01T00:00:00", "nextToken": token} | query,
            ).json()
            found += [item["workflowExecutionId"] for item in page["executions"]]
            if "nextToken" not in page:
                return found
            token = page["nextToken"]

    alive = [made[0], *made[2:]]
    assert listed() == alive[::-1]
    assert listed(limit="2", includeCancelled="True") == made[::-1]
    assert listed(limit="1", sortAscending="true") == alive
    first = own_site.sandbox.executions.by_id(made[2]).created_at
    text = first.strftime("%Y-%m-%dT%H:%M:%S")
    assert listed(minCreationTime=text) == made[:1:-1]
    assert listed(maxCreationTime=text, includeCancelled="true") == made[2::-1]
    tokyo = (first + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%S")
    assert listed(minCreationTime=tokyo, timeZone="Asia/Tokyo") == made[:1:-1]
    own_site.local("PUT", "/options", json={"empty_page_every": 2})
    assert listed(limit="2", includeCancelled="true") == made[::-1]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_cancelled_execution_says_so_at_once(site: Site, tuned, method: str) -> None:
    tuned(running_s=60)
    made = site.run(REPORT, wait=False)["workflowExecutionId"]
    site.wait(made, status={"RUNNING"})
    answer = site.report(method, f"/workflowExecutions/{made}", json={"status": "CANCELLED"})
    assert (answer.status_code, answer.json()) == (200, {})
    seen = site.report("GET", f"/workflowExecutions/{made}").json()
    assert seen["status"] == "CANCELLED"
    assert site.report("GET", f"/workflowExecutions/{made}/downloadUrls").status_code == 400


def test_a_put_without_a_status_changes_nothing(site: Site) -> None:
    made = site.run(REPORT)["workflowExecutionId"]
    path = f"/workflowExecutions/{made}"
    answer = site.report("PUT", path, json={"disableAggregationControls": True})
    assert (answer.status_code, answer.json()) == (200, {})
    assert site.report("GET", path).json()["status"] == "SUCCEEDED"
    assert site.report("PUT", path, json={"status": "DONE"}).status_code == 400


def test_a_dry_run_compiles_and_writes_nothing(site: Site) -> None:
    made = site.run(REPORT | {"dryRun": True})
    assert made["status"] == "SUCCEEDED"
    assert "executionTime" not in made
    path = f"/workflowExecutions/{made['workflowExecutionId']}/downloadUrls"
    assert site.report("GET", path).status_code == 400
    bad = {"workflow": {"sqlQuery": "SELECT nope FROM nowhere"}, "dryRun": True}
    assert site.run(bad)["status"] == "REJECTED"


def test_skip_publish_runs_without_output(site: Site) -> None:
    made = site.run(REPORT | {"skipPublish": True})
    assert made["status"] == "SUCCEEDED"
    path = f"/workflowExecutions/{made['workflowExecutionId']}/downloadUrls"
    assert "is unavailable for download" in site.report("GET", path).json()["details"]


def test_a_sandbox_instance_wants_synthetic_data(site: Site) -> None:
    sandbox = site.instance_id("SANDBOX")
    refused = site.run(REPORT, sandbox)
    assert refused["status"] == "REJECTED"
    assert "requireSyntheticData" in refused["statusReason"]
    assert site.run(REPORT | {"requireSyntheticData": True}, sandbox)["status"] == "SUCCEEDED"


def test_compile_errors_come_early_or_late_by_a_switch(site: Site, tuned) -> None:
    bad = {"workflow": {"sqlQuery": "SELECT nope FROM nowhere"}}
    saved = {"workflowId": "late-one", "sqlQuery": "SELECT nope FROM nowhere"}
    assert site.run(bad)["status"] == "REJECTED"
    assert site.report("POST", "/workflows", json=saved).status_code == 400
    tuned(compile_errors="early")
    answer = site.report("POST", "/workflowExecutions", json=bad)
    assert answer.status_code == 400
    assert "Was unable to compile workflow transient_" in answer.json()["details"]
    tuned(compile_errors="late")
    assert site.report("POST", "/workflows", json=saved).json() == {}
    assert site.run({"workflowId": "late-one"})["status"] == "REJECTED"


def test_the_eleventh_of_an_instance_waits(own_site: Site) -> None:
    own_site.local("PUT", "/options", json={"running_s": 3600})
    first = own_site.instance_id()
    made = [own_site.run(REPORT, first, wait=False)["workflowExecutionId"] for _ in range(12)]
    other = own_site.run(REPORT, own_site.instance_id(number=1), wait=False)

    def states() -> dict[str, int]:
        return own_site.local("GET", "/health")["live"]

    eventually(lambda: states() == {"RUNNING": 11, "PENDING": 2}, "eleven to run")
    assert own_site.sandbox.executions.by_id(made[10]).status == "PENDING"
    running = own_site.sandbox.executions.by_id(other["workflowExecutionId"])
    assert running.status == "RUNNING"
    own_site.report("PUT", f"/workflowExecutions/{made[0]}", first, json={"status": "CANCELLED"})
    eventually(lambda: states() == {"RUNNING": 11, "PENDING": 1}, "the next one to run")
    assert own_site.sandbox.executions.by_id(made[10]).status == "RUNNING"


def test_an_account_has_a_limit_too(own_site: Site) -> None:
    own_site.local("PUT", "/options", json={"running_s": 3600, "per_account": 3})
    for number in range(5):
        own_site.run(REPORT, own_site.instance_id(number=number), wait=False)
    eventually(
        lambda: own_site.local("GET", "/health")["live"] == {"RUNNING": 3, "PENDING": 2},
        "three to run",
    )


def test_a_run_that_takes_too_long_fails(own_site: Site) -> None:
    own_site.local("PUT", "/options", json={"running_s": 50_000})
    made = own_site.run(REPORT | {"workflowExecutionTimeoutSeconds": 900}, wait=False)
    own_site.wait(made["workflowExecutionId"], status={"RUNNING"})
    own_site.local("PUT", "/clock", json={"advance_s": 901})
    end = own_site.wait(made["workflowExecutionId"])
    assert end["status"] == "FAILED"
    assert end["statusReason"] == "Workflow execution exceeded the allowed execution time."


def test_too_many_similar_runs_are_rejected(own_site: Site) -> None:
    own_site.local("PUT", "/options", json={"overlap_limit": 2})
    ends = [own_site.run(REPORT)["status"] for _ in range(3)]
    assert ends == ["SUCCEEDED", "SUCCEEDED", "REJECTED"]
    later = REPORT | {
        "timeWindowStart": "2026-10-01T00:00:00", "timeWindowEnd": "2026-10-02T00:00:00"
    }  # fmt: skip
    assert own_site.run(later)["status"] == "SUCCEEDED"
    own_site.local("PUT", "/clock", json={"advance_s": 25 * 3600})
    own_site.tokens = {}
    assert own_site.run(REPORT)["status"] == "SUCCEEDED"


def test_native_schedules_fire_at_their_hour(own_site: Site) -> None:
    own_site.local("PUT", "/clock", json={"now": "2026-09-07T05:30:00Z"})  # a Monday
    own_site.report("POST", "/workflows", json={"workflowId": "w", "sqlQuery": ADHOC})
    daily = {"scheduleId": "d", "workflowId": "w", "aggregationHourUtc": 6}
    weekly = daily | {
        "scheduleId": "k", "aggregationPeriod": "Weekly", "aggregationStartDay": "Wednesday"
    }  # fmt: skip
    off = daily | {"scheduleId": "o", "scheduleEnabled": "False"}
    for body in (daily, weekly, off):
        assert own_site.report("POST", "/schedules", json=body).json() == {}
    own_site.local("PUT", "/clock", json={"now": "2026-09-10T05:59:00Z"})

    def fired() -> list[tuple[str, str]]:
        own_site.tokens = {}
        log = own_site.local("GET", "/log/executions")["executions"]
        return sorted((line["window"]["start"], line["window"]["end"]) for line in log)

    expected = [
        ("2026-09-02T06:00:00Z", "2026-09-09T06:00:00Z"),
        ("2026-09-06T06:00:00Z", "2026-09-07T06:00:00Z"),
        ("2026-09-07T06:00:00Z", "2026-09-08T06:00:00Z"),
        ("2026-09-08T06:00:00Z", "2026-09-09T06:00:00Z"),
    ]
    eventually(lambda: fired() == expected, "four slots to fire")
    found = own_site.report("GET", "/workflowExecutions", params={"workflowId": "w"}).json()
    assert {item["executionCategory"] for item in found["executions"]} == {"SCHEDULED"}
