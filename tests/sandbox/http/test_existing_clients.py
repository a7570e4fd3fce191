"""What existing clients rely on, one test a line of what is known of them."""

import csv
import io
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from tests.sandbox.http.clients import CLIENT, FailedError, Notebook, Solution
from tests.sandbox.http.scenario_base import ADHOC, EXPLICIT, fault, fresh_id
from tests.sandbox.site import SECRET, Site

WINDOW = {
    "timeWindowType": "EXPLICIT",
    "timeWindowStart": "2026-09-01T00:00:00",
    "timeWindowEnd": "2026-09-08T00:00:00",
    "timeWindowTimeZone": "America/New_York",
}


@pytest.fixture
def solution(site: Site) -> Solution:
    return Solution(site, site.instance_id(), site.grant()["refresh_token"])


@pytest.fixture(scope="module")
def notebook(site: Site) -> Iterator[Notebook]:
    made = Notebook(site)
    made.choose()
    return made


def saved(solution: Solution, sql: str = ADHOC, **more: Any) -> str:
    name = fresh_id()
    assert solution.save({"workflowId": name, "sqlQuery": sql, **more}) == "created"
    return name


# URLs and headers


def test_a_json_content_type_on_get_and_delete_and_unknown_headers_do_no_harm(
    solution: Solution,
) -> None:
    name = saved(solution)
    assert solution.send("GET", f"/workflows/{name}")["workflowId"] == name
    assert solution.send("DELETE", f"/workflows/{name}") == {}


def test_the_token_call_as_json_text_without_a_type_and_as_a_form(
    site: Site, solution: Solution
) -> None:
    solution.refresh()
    assert solution.access_token.startswith("Atza|")
    form = {"grant_type": "refresh_token", "refresh_token": solution.refresh_token,
            "client_id": CLIENT, "client_secret": SECRET}  # fmt: skip
    answer = requests.post(f"{site.url}/auth/o2/token", data=form, timeout=10)
    assert answer.json()["refresh_token"] == solution.refresh_token


def test_a_plain_site_as_redirect_address(site: Site) -> None:
    query = {"client_id": CLIENT, "scope": "advertising::campaign_management",
             "response_type": "code", "redirect_uri": "https://amazon.com",
             "local_consent": "allow"}  # fmt: skip
    page = requests.get(f"{site.url}/ap/oa", params=query, allow_redirects=False, timeout=10)
    code = re.fullmatch(r"https://amazon\.com\?code=([^&]+)&scope=.*", page.headers["Location"])
    assert code is not None
    answer = site.token(
        grant_type="authorization_code", code=code[1], redirect_uri="https://amazon.com"
    )
    assert answer.json()["token_type"] == "bearer"


def test_the_notebook_sends_a_marketplace_to_the_accounts_and_text_without_a_type(
    notebook: Notebook,
) -> None:
    instances = notebook.choose()
    name = fresh_id()
    base = f"/amc/reporting/{instances[1]}"
    assert notebook.post(f"{base}/workflows", {"workflowId": name, "sqlQuery": ADHOC}) == {}


# Queries and values


def test_a_list_of_executions_ends_though_the_first_token_is_empty(
    solution: Solution, site: Site
) -> None:
    name = saved(solution)
    made = {solution.start({"workflowId": name, **WINDOW}) for _ in range(5)}
    since = (site.sandbox.clock.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    found = solution.listed(since, limit="2", includeCancelled="True", workflowId=name)
    assert {item["workflowExecutionId"] for item in found} == made
    assert len(found) == 5
    assert made <= {item["workflowExecutionId"] for item in solution.listed(since)}


def test_include_workflow_with_a_capital_false(solution: Solution) -> None:
    made = solution.start({"workflow": {"sqlQuery": ADHOC}, **WINDOW})
    path = f"/workflowExecutions/{made}?includeWorkflow="
    assert "sqlQuery" not in solution.send("GET", path + "False")
    assert solution.send("GET", path + "True")["sqlQuery"] == ADHOC


def test_texts_in_place_of_booleans_and_numbers(notebook: Notebook, site: Site) -> None:
    instance = site.instance_id("SANDBOX")
    base, name = f"/amc/reporting/{instance}", fresh_id()
    sql = f"\n{ADHOC}\n"
    notebook.post(f"{base}/workflows", {"workflowId": name, "sqlQuery": sql})
    schedule = {"scheduleId": name, "workflowId": name, "aggregationPeriod": "Daily",
                "aggregationStartDay": "Monday", "aggregationHourUtc": "9",
                "scheduleEnabled": "True", "requireSyntheticData": "True"}  # fmt: skip
    assert notebook.post(f"{base}/schedules", schedule) == {}
    kept = notebook.get(f"{base}/schedules/{name}")
    assert (kept["scheduleEnabled"], kept["aggregationHourUtc"]) == (True, 9)
    run = notebook.post(f"{base}/workflowExecutions", {
        "workflowId": name, "timeWindowType": "EXPLICIT",
        "timeWindowStart": "2026-09-01T00:00:00Z", "timeWindowEnd": "2026-09-02T00:00:00Z",
        "ignoreDataGaps": "True", "requireSyntheticData": "True",
        "workflowExecutionTimeoutSeconds": "86400",
    })  # fmt: skip
    assert run["ignoreDataGaps"] is True
    assert run["requireSyntheticData"] is True
    assert run["workflowExecutionTimeoutSeconds"] == 86400
    assert run["timeWindowStart"] == "2026-09-01T00:00:00Z"
    # The list by an execution's id in the place of a workflow's: nothing, and no error.
    listed = notebook.get(f"{base}/workflowExecutions", workflowId=run["workflowExecutionId"])
    assert listed == {"executions": []}


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("STRING", "ENABLED", "ENABLED"),
        ("INTEGER", 3, 3),
        ("INTEGER", "3", "3"),
        ({"type": "ARRAY", "elementDataType": "STRING"}, ["a", "b"], ["a", "b"]),
    ],
)
def test_parameter_values_stay_what_the_user_gave(
    solution: Solution, kind: Any, value: Any, sent: Any
) -> None:
    test = (
        "ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign)"
        if isinstance(kind, dict)
        else f"CUSTOM_PARAMETER('p') {'> 0' if kind == 'INTEGER' else '<> campaign'}"
    )
    sql = (
        f"SELECT campaign, SUM(impressions) AS n FROM sponsored_ads_traffic WHERE {test} GROUP BY 1"
    )
    name = saved(solution, sql, inputParameters=[{"name": "p", "dataType": kind}])
    made = solution.start({"workflowId": name, "parameterValues": {"p": value}, **WINDOW})
    assert solution.send("GET", f"/workflowExecutions/{made}")["parameterValues"] == {"p": sent}
    assert solution.follow(made) == "SUCCEEDED"


# Answers


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/workflows/nothing", None),
        ("GET", "/workflowExecutions", None),
        ("GET", "/nowhere", None),
        ("PATCH", "/workflows", None),
        ("POST", "/workflows", "{"),
        ("POST", "/workflows", "[]"),
        ("POST", "/workflows", "null"),
        ("POST", "/workflowExecutions", ""),
        ("PUT", "/workflowExecutions/nothing", ""),
        ("DELETE", "/workflows/nothing", None),
        ("GET", "/workflows?limit=0", None),
        ("POST", "/schedules", '{"scheduleId": 1}'),
    ],
)
def test_every_refusal_is_an_object_with_a_text(
    site: Site, method: str, path: str, body: str | None
) -> None:
    answer = site.report(method, path, data=body)
    assert 400 <= answer.status_code < 500
    found = answer.json()
    assert isinstance(found, dict)
    assert any(found.get(key) for key in ("message", "statusReason", "details"))


def test_delete_and_put_answer_200_and_an_empty_object(site: Site) -> None:
    name = fresh_id()
    body = {"workflowId": name, "sqlQuery": ADHOC}
    for method, path in (("POST", "/workflows"), ("PUT", f"/workflows/{name}"),
                         ("DELETE", f"/workflows/{name}")):  # fmt: skip
        answer = site.report(method, path, json=body)
        assert (answer.status_code, answer.json()) == (200, {})


def test_create_and_get_are_flat_and_the_wrapped_form_breaks_such_a_client(
    solution: Solution, site: Site, tuned: Any
) -> None:
    made = solution.start({"workflow": {"sqlQuery": ADHOC}, **WINDOW})
    assert solution.follow(made) == "SUCCEEDED"
    tuned(wrapped=True)
    assert solution.start({"workflow": {"sqlQuery": ADHOC}, **WINDOW}) == "None"


def test_the_states_on_the_way_are_known_ones(own_site: Site) -> None:
    own_site.local("PUT", "/options", json={"pending_s": 0.2, "running_s": 0.2,
                                            "publishing_s": 0.2})  # fmt: skip
    client = Solution(own_site, own_site.instance_id(), own_site.grant()["refresh_token"])
    made = client.start({"workflow": {"sqlQuery": ADHOC}, **WINDOW})
    seen: list[str] = []
    while not seen or seen[-1] != "SUCCEEDED":
        status = client.send("GET", f"/workflowExecutions/{made}")["status"]
        seen += [status] if status not in seen[-1:] else []
    assert [*seen] == ["PENDING", "RUNNING", "PUBLISHING", "SUCCEEDED"]


def test_a_rejected_run_ends_badly_and_an_unknown_status_stops_the_client(
    solution: Solution, site: Site, tuned: Any
) -> None:
    bad = solution.start({"workflow": {"sqlQuery": "SELECT 1 FROM nowhere"}, **WINDOW})
    assert solution.follow(bad) == "REJECTED"
    tuned(running_s=0.3)
    with fault(site, "unknown_status"):
        odd = solution.start({"workflow": {"sqlQuery": ADHOC}, **WINDOW})
        with pytest.raises(FailedError, match="unknown status AWAITING_DATA"):
            solution.follow(odd)


# Texts and sequences


def test_a_workflow_that_is_there_is_replaced(solution: Solution) -> None:
    name = saved(solution)
    changed = {"workflowId": name, "sqlQuery": ADHOC.replace("impressions)", "clicks)")}
    assert solution.save(changed) == "replaced"
    assert solution.send("GET", f"/workflows/{name}") == changed


def test_a_gateway_timeout_speaks_in_message(site: Site) -> None:
    with fault(site, "gateway_timeout", count=1):
        answer = site.report("GET", "/workflows")
    assert (answer.status_code, answer.json()) == (504, {"message": "Endpoint request timed out"})


def test_a_401_leads_to_one_refresh_and_one_repeat(solution: Solution, site: Site) -> None:
    solution.send("GET", "/workflows")
    assert solution.refreshed == 1
    with fault(site, "token_expired", count=1):
        solution.send("GET", "/workflows")
    assert solution.refreshed == 2


def test_repeats_of_every_method_get_through_and_retry_after_is_obeyed(
    solution: Solution, site: Site
) -> None:
    name = saved(solution)
    with (
        fault(site, "throttle", count=2, retry_after_s=0),
        fault(site, "server_error", count=2),
        fault(site, "gateway_timeout", count=2),
    ):
        made = solution.start({"workflowId": name, **WINDOW})
    assert solution.follow(made) == "SUCCEEDED"
    with fault(site, "throttle", count=1, retry_after_s=1):
        before = site.sandbox.clock.monotonic()
        solution.send("GET", "/workflows")
        assert site.sandbox.clock.monotonic() - before >= 1


def test_faults_without_end_let_such_a_client_fail(solution: Solution, site: Site) -> None:
    with fault(site, "server_error"), pytest.raises(requests.exceptions.RetryError):
        solution.send("GET", "/workflows")
    with fault(site, "server_error", max_in_row=10):
        assert "workflows" in solution.send("GET", "/workflows")


def test_delete_looks_first(solution: Solution) -> None:
    name = saved(solution)
    solution.remove(name)
    with pytest.raises(FailedError, match=f"Workflow with ID {name} does not exist."):
        solution.remove(name)


def test_cancel_is_get_put_get_and_is_refused_for_what_is_finished(
    solution: Solution, tuned: Any
) -> None:
    done = solution.start({"workflow": {"sqlQuery": ADHOC}, **WINDOW})
    assert solution.follow(done) == "SUCCEEDED"
    with pytest.raises(FailedError, match="SUCCEEDED"):
        solution.cancel(done)
    tuned(pending_s=60)
    waiting = solution.start({"workflow": {"sqlQuery": ADHOC}, **WINDOW})
    solution.cancel(waiting)
    assert solution.follow(waiting) == "CANCELLED"


# Accounts and results


def test_the_notebooks_way_from_the_account_to_the_file(notebook: Notebook, site: Site) -> None:
    instance = notebook.choose()[1]
    base = f"/amc/reporting/{instance}"
    made = notebook.post(f"{base}/workflowExecutions", {
        "workflow": {"sqlQuery": f"\n{ADHOC}\n"}, **EXPLICIT})  # fmt: skip
    site.wait(made["workflowExecutionId"], instance)
    path = f"{base}/workflowExecutions/{made['workflowExecutionId']}"
    assert notebook.get(path)["status"] == "SUCCEEDED"
    url = notebook.get(f"{path}/downloadUrls")["downloadUrls"][0]
    answer = requests.get(url, timeout=10)  # no header at all
    assert answer.status_code == 200
    assert answer.text.startswith(("campaign", '"campaign"'))


def test_keys_of_files_are_those_of_a_bucket(solution: Solution) -> None:
    name = saved(solution)
    made = solution.start({"workflowId": name, **WINDOW})
    assert solution.follow(made) == "SUCCEEDED"
    found = solution.send("GET", f"/workflowExecutions/{made}/downloadUrls")
    key = unquote(urlsplit(found["downloadUrls"][0]).path)
    stamp = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"
    assert re.search(rf"/workflow={name}/schedule=adhoc/{stamp}-{name}\.csv$", key)
    uuid.UUID(made)


def test_an_empty_file_is_one_line_and_quotes_are_escaped_by_a_backslash(
    solution: Solution,
) -> None:
    none = f"{ADHOC.replace(' GROUP', ' WHERE campaign = $$ GROUP')}".replace("$$", "'no such'")
    sql = "SELECT 'say \"hi\"' AS said, SUM(impressions) AS n FROM sponsored_ads_traffic GROUP BY 1"
    texts = []
    for query in (none, sql):
        made = solution.start({"workflow": {"sqlQuery": query}, **WINDOW})
        assert solution.follow(made) == "SUCCEEDED"
        found = solution.send("GET", f"/workflowExecutions/{made}/downloadUrls")
        texts.append(requests.get(found["downloadUrls"][0], timeout=10).content.decode("utf-8"))
    assert texts[0].count("\n") <= 1
    assert 'say \\"hi\\"' in texts[1]
    rows = list(csv.reader(io.StringIO(texts[1].replace('\\"', "'"))))
    assert rows[1][0] == "say 'hi'"
