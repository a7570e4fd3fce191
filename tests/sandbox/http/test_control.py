"""What the control page stands on, and what outlives a restart."""

from pathlib import Path

from amc.sandbox.runner.faults import DESCRIPTIONS, Fault
from amc.sandbox.runner.options import Options
from tests.sandbox.http.scenario_base import ADHOC, fresh_id
from tests.sandbox.site import Site, serving


def test_the_form_has_every_field_of_a_fault(site: Site) -> None:
    answer = site.local("GET", "/faults")
    names = {field["name"] for field in answer["fields"]}
    assert names == set(Fault.model_fields) - {"kind", "seen", "struck", "in_row"}
    assert set(answer["kinds"]) == set(DESCRIPTIONS)
    for field in answer["fields"]:
        assert field["help"], field
        assert set(field["kinds"]) <= set(DESCRIPTIONS)
    for_all = {field["name"] for field in answer["fields"] if not field["kinds"]}
    assert {"rate", "count", "instance", "route", "client", "seed"} <= for_all
    by_name = {field["name"]: field for field in answer["fields"]}
    assert by_name["retry_after_s"]["kinds"] == ["throttle"]
    assert set(by_name["parts"]["kinds"]) == {"several_parts", "parts_differ"}


def test_every_switch_says_what_it_stands_for(site: Site) -> None:
    found = site.local("GET", "/options/help")
    assert set(found) == set(Options.model_fields) == set(site.local("GET", "/options"))
    assert all(found.values())


def test_the_newest_requests_come_first(site: Site) -> None:
    for path in ("/amc/accounts", "/v2/profiles", "/amc/instances"):
        assert site.call("GET", path).ok
    newest = site.local("GET", "/log/requests/newest?count=2")["requests"]
    assert [line["path"] for line in newest] == ["/amc/instances", "/v2/profiles"]


def test_all_state_outlives_a_restart(tmp_path: Path) -> None:
    name = fresh_id()
    workflow = {"workflowId": name, "sqlQuery": ADHOC}
    schedule = {"scheduleId": name, "workflowId": name, "aggregationPeriod": "Weekly",
                "aggregationStartDay": "Friday", "aggregationHourUtc": 3}  # fmt: skip
    with serving(tmp_path) as before:
        assert before.report("POST", "/workflows", json=workflow).ok
        assert before.report("POST", "/schedules", json=schedule).ok
        made = before.call("POST", "/amc/instances", json={"instanceName": "Kept one"}).json()
        run = before.run({"workflow": {"sqlQuery": ADHOC}})
        fault = before.fault(kind="throttle", rate=0.25, count=5, seed=3, route="GET /nothing*")
        before.local("PUT", "/clock", json={"now": "2026-10-01T00:00:00Z", "freeze": True})
        before.local("PUT", "/options", json={"overlap_limit": 77})
        tokens, log = before.tokens, before.local("GET", "/log/executions")
    with serving(tmp_path) as after:
        after.tokens = tokens  # the access token that was minted before
        assert after.report("GET", f"/workflows/{name}").json() == workflow
        kept = after.report("GET", f"/schedules/{name}").json()
        assert schedule.items() <= kept.items()
        instance_id = made["instance"]["instanceId"]
        found = after.call("GET", f"/amc/instances/{instance_id}").json()["instance"]
        assert found["instanceName"] == "Kept one"
        execution = f"/workflowExecutions/{run['workflowExecutionId']}"
        assert after.report("GET", execution).json() == run
        assert after.report("GET", f"{execution}/downloadUrls").ok
        assert after.local("GET", "/faults")["faults"] == [fault]
        clock = after.local("GET", "/clock")
        assert (clock["now"][:10], clock["factor"]) == ("2026-10-01", 0)
        assert after.local("GET", "/options")["overlap_limit"] == 77
        assert after.local("GET", "/log/executions") == log
