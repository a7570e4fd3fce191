"""Faults of answers, lists and files that a tolerant client must survive."""

import gzip
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.http.scenario_base import ADHOC, EXPLICIT, fault
from tests.sandbox.http.test_executions import REPORT
from tests.sandbox.site import CLIENT, Site, eventually, serving


def urls(site: Site, run: dict[str, Any]) -> list[str]:
    path = f"/workflowExecutions/{run['workflowExecutionId']}/downloadUrls"
    return list(site.report("GET", path).json()["downloadUrls"])


@pytest.mark.parametrize(
    ("kind", "more", "status", "text"),
    [
        ("html", {"status": 429}, 429, "<h1>429 Too Many Requests</h1>"),
        ("html", {"status": 502}, 502, "<h1>502 Bad Gateway</h1>"),
        ("empty_body", {}, 200, ""),
        ("empty_body", {"status": 502}, 502, ""),
        ("error_in_200", {}, 200, '"code": "500"'),
    ],
)
def test_bodies_that_are_no_answer(
    site: Site, kind: str, more: dict[str, Any], status: int, text: str
) -> None:
    with fault(site, kind, **more):
        answer = site.report("GET", "/workflows")
    assert answer.status_code == status
    assert text in answer.text
    assert bool(answer.text) == bool(text)


def test_a_token_that_names_its_own_page(own_site: Site) -> None:
    for number in range(3):
        body = {"workflowId": f"w{number}", "sqlQuery": ADHOC}
        own_site.report("POST", "/workflows", json=body)
    query = {"limit": "2"}
    with fault(own_site, "repeated_token", route="GET */workflows"):
        first = own_site.report("GET", "/workflows", params=query).json()
        again = own_site.report(
            "GET", "/workflows", params=query | {"nextToken": first["nextToken"]}
        ).json()
    assert again == first
    assert [item["workflowId"] for item in first["workflows"]] == ["w0", "w1"]


def test_strikes_in_a_row_can_be_bounded(site: Site) -> None:
    """A client that gives up after ten repeats must get through at last."""
    with fault(site, "throttle", max_in_row=2):
        seen = [site.report("GET", "/workflows").status_code for _ in range(7)]
    assert seen == [429, 429, 200, 429, 429, 200, 429]


def test_terms_block_amc_alone(site: Site) -> None:
    with fault(site, "terms_not_accepted"):
        assert site.call("GET", "/v2/profiles").status_code == 200
        assert site.call("GET", "/amc/accounts").status_code == 403
        assert site.call("GET", "/amc/instances").status_code == 403


def test_a_link_of_one_instance_expires(site: Site) -> None:
    """Download faults know whose file it is."""
    address = urls(site, site.run(REPORT))[0]
    with fault(site, "link_expired", instance="amcsomeother"):
        assert requests.get(address, timeout=10).status_code == 200
    with fault(site, "link_expired", instance=site.instance_id(), client=CLIENT):
        assert "AccessDenied" in requests.get(address, timeout=10).text
    with fault(site, "link_expired", route="GET /amc-results/*.csv"):
        assert requests.get(address, timeout=10).status_code == 403


def test_a_link_to_another_host(site: Site) -> None:
    run = site.run(REPORT)
    with fault(site, "foreign_link", url="http://169.254.169.254/x"):
        assert urls(site, run) == ["http://169.254.169.254/x"]
    assert urls(site, run)[0].startswith(site.url)


def test_parts_that_are_missing_or_differ(site: Site) -> None:
    with fault(site, "several_parts", parts=3):
        found = urls(site, site.run(REPORT))
    with fault(site, "missing_part"):
        seen = [requests.get(address, timeout=10).status_code for address in found]
    assert seen == [200, 200, 404]
    with fault(site, "parts_differ", parts=2):
        first, last = urls(site, site.run(REPORT))
    header = requests.get(first, timeout=10).text.splitlines()[0]
    assert requests.get(last, timeout=10).text.splitlines()[0] == f"unexpected,{header}"


def test_gzip_in_gzip(site: Site) -> None:
    with fault(site, "double_gzip"):
        address = urls(site, site.run(REPORT))[0]
    data = requests.get(address, timeout=10).content
    assert b"campaign" in gzip.decompress(gzip.decompress(data))


def test_the_token_endpoint_can_be_down_in_two_ways(site: Site) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for status, word in ((500, "ServerError"), (503, "temporarily_unavailable")):
        with fault(site, "token_server_error", status=status):
            answer = site.token(**form)
        assert (answer.status_code, answer.json()["error"]) == (status, word)


def test_a_client_may_be_kept_from_a_grant(site: Site) -> None:
    client = {"client_id": "codes-only", "secret": "s", "grants": ["authorization_code"]}
    site.local("POST", "/clients", json=client)
    answer = site.token(
        grant_type="refresh_token", refresh_token="x", client_id="codes-only", client_secret="s"
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("credentials", ["A", "!!!", "gIA=", "bm9jb2xvbg=="])
def test_odd_basic_credentials_are_401_or_400(site: Site, credentials: str) -> None:
    answer = site.session.post(
        f"{site.url}/auth/o2/token",
        data={"grant_type": "refresh_token"},
        headers={"Authorization": f"Basic {credentials}"},
    )
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_client", "invalid_request")


def test_changed_switches_faults_and_budgets_survive_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        first.local("PUT", "/options", json={"retry_after_s": 7, "running_s": 9})
        first.fault(kind="throttle", count=1, route="GET */nowhere")
        seller = next(
            item for item in first.call("GET", "/v2/profiles").json() if "dailyBudget" in item
        )
        change = [{"profileId": seller["profileId"], "dailyBudget": 3.5}]
        first.call("PUT", "/v2/profiles", json=change)
    with serving(tmp_path) as second:
        options = second.local("GET", "/options")
        assert options["retry_after_s"] == 7
        assert options["running_s"] == 0  # given anew at the start, so it wins
        assert [item["kind"] for item in second.local("GET", "/faults")["faults"]] == ["throttle"]
        path = f"/v2/profiles/{seller['profileId']}"
        assert second.call("GET", path).json()["dailyBudget"] == 3.5
        second.local("POST", "/reset")
        second.tokens = {}
        assert second.local("GET", "/options")["retry_after_s"] == 7
        assert second.local("GET", "/faults")["faults"] == []
        assert second.call("GET", path).json()["dailyBudget"] == 999999999.0


def test_a_file_of_an_earlier_version_is_taken_up(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "amc-sandbox.sqlite") as old:
        old.execute("ALTER TABLE clients DROP COLUMN grants")
    with serving(tmp_path) as again:
        assert again.call("GET", "/amc/accounts").status_code == 200


def test_an_execution_is_taken_up_with_its_window_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path, pending_s=3600) as first:
        run = first.run({"workflow": {"sqlQuery": ADHOC}, **EXPLICIT}, wait=False)
        token = first.tokens
    with serving(tmp_path) as second:
        second.tokens = token
        path = f"/workflowExecutions/{run['workflowExecutionId']}"
        done = eventually(
            lambda: (got := second.report("GET", path).json())["status"] == "SUCCEEDED" and got,
            "the run to end",
        )
        assert done["timeWindowStart"] == run["timeWindowStart"]


@pytest.mark.parametrize("seconds", ["1e12", "-1e300", "Infinity", "NaN"])
def test_a_skew_beyond_all_time_is_refused(site: Site, seconds: str) -> None:
    """The clock would have no time to tell, and every answer after it would fail."""
    body = f'{{"kind": "clock_skew", "seconds": {seconds}}}'
    answer = site.session.post(
        f"{site.url}/_local/faults", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
    assert site.local("GET", "/health")["status"] == "ok"
    assert site.local("GET", "/faults")["faults"] == []
