"""Faults on demand: each strikes where and as often as asked, alike for the same seed."""

import gzip
import json

import pytest
import requests

from amc.clock import SystemClock
from amc.sandbox.runner.faults import DESCRIPTIONS, Fault
from tests.sandbox.http.test_executions import REPORT
from tests.sandbox.site import Site, eventually


@pytest.fixture(autouse=True)
def _no_faults_left(site: Site):
    yield
    site.local("DELETE", "/faults")


def url_of(site: Site, made: dict[str, str]) -> str:
    path = f"/workflowExecutions/{made['workflowExecutionId']}/downloadUrls"
    return site.report("GET", path).json()["downloadUrls"][0]


def test_rate_and_seed_decide_which_requests_are_struck() -> None:
    def pattern(seed: int) -> list[bool]:
        fault = Fault(kind="throttle", rate=0.3, seed=seed)
        return [fault.strikes() for _ in range(1000)]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 250 < sum(pattern(1)) < 350


def test_count_and_skip_bound_a_fault(site: Site) -> None:
    site.fault(kind="throttle", count=2, skip=1)
    codes = [site.report("GET", "/workflows").status_code for _ in range(5)]
    assert codes == [200, 429, 429, 200, 200]
    seen = site.local("GET", "/faults")["faults"][0]
    assert (seen["seen"], seen["struck"]) == (5, 2)


def test_a_fault_can_be_for_one_instance_or_route(site: Site) -> None:
    first, second = site.instance_id(), site.instance_id(number=1)
    site.fault(kind="server_error", status=503, instance=first, route="GET */workflows")
    assert site.report("GET", "/workflows", first).status_code == 503
    assert site.report("GET", "/schedules", first).status_code == 200
    assert site.report("GET", "/workflows", second).status_code == 200


def test_a_lost_answer_has_done_its_work(site: Site) -> None:
    before = len(site.local("GET", "/log/executions")["executions"])
    site.fault(kind="lost_answer", seconds=0, count=1, route="POST */workflowExecutions")
    with pytest.raises(requests.ConnectionError):
        site.report("POST", "/workflowExecutions", json=REPORT)
    after = site.local("GET", "/log/executions")["executions"]
    assert len(after) == before + 1
    assert site.wait(after[-1]["execution_id"])["status"] == "SUCCEEDED"


def test_a_timeout_before_the_work_does_nothing(site: Site) -> None:
    before = len(site.local("GET", "/log/executions")["executions"])
    site.fault(kind="timeout_before", seconds=0, count=1)
    with pytest.raises(requests.ConnectionError):
        site.report("POST", "/workflowExecutions", json=REPORT)
    assert len(site.local("GET", "/log/executions")["executions"]) == before
    dropped = [
        line for line in site.local("GET", "/log/requests")["requests"] if not line["status"]
    ]
    assert dropped[-1]["fault"] == "timeout_before"


def test_a_slow_answer_comes_late(site: Site) -> None:
    site.fault(kind="slow", seconds=0.3, count=1)
    clock = SystemClock()
    began = clock.monotonic()
    assert site.report("GET", "/workflows").ok
    assert clock.monotonic() - began >= 0.3


def test_an_expired_token_is_really_expired(own_site: Site) -> None:
    own_site.fault(kind="token_expired", count=1)
    codes = [own_site.report("GET", "/workflows").status_code for _ in range(2)]
    assert codes == [401, 401]
    refreshed = own_site.token(
        grant_type="refresh_token", refresh_token=own_site.tokens["refresh_token"]
    )
    own_site.tokens = refreshed.json()
    assert own_site.report("GET", "/workflows").ok


def test_a_revoked_grant_stays_revoked(own_site: Site) -> None:
    refresh = own_site.grant()["refresh_token"]
    own_site.fault(kind="invalid_grant", count=1)
    answers = [own_site.token(grant_type="refresh_token", refresh_token=refresh) for _ in "ab"]
    assert [answer.json()["error"] for answer in answers] == ["invalid_grant"] * 2


def test_bodies_that_are_no_json(site: Site) -> None:
    site.fault(kind="html", count=1)
    assert site.report("GET", "/workflows").headers["Content-Type"].startswith("text/html")
    site.fault(kind="not_json", count=1)
    with pytest.raises(json.JSONDecodeError):
        json.loads(site.report("GET", "/workflows").text)


def test_terms_and_a_vanished_instance(site: Site) -> None:
    instance = site.instance_id(number=2)
    site.fault(kind="terms_not_accepted", count=1)
    answer = site.report("GET", "/workflows", instance)
    assert answer.json()["details"] == "Terms and conditions must be accepted to continue"
    site.fault(kind="instance_gone", instance=instance)
    listed = site.call("GET", "/amc/instances").json()["instances"]
    assert instance not in [item["instanceId"] for item in listed]
    assert site.report("GET", "/workflows", instance).status_code == 403
    site.local("DELETE", "/faults")
    assert site.report("GET", "/workflows", instance).ok


def test_an_unknown_status_is_shown_while_it_runs(site: Site, tuned) -> None:
    tuned(running_s=0.4)
    site.fault(kind="unknown_status", status_text="AWAITING_DATA", count=1)
    made = site.run(REPORT, wait=False)["workflowExecutionId"]
    assert site.wait(made, status={"AWAITING_DATA"})
    assert site.wait(made)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(("kind", "status"), [("stuck_running", "RUNNING"),
                                              ("stuck_pending", "PENDING")])  # fmt: skip
def test_a_stuck_execution_goes_on_when_the_fault_ends(site: Site, kind: str, status: str) -> None:
    fault = site.fault(kind=kind, count=1)
    made = site.run(REPORT, wait=False)["workflowExecutionId"]
    site.wait(made, status={status})
    assert site.run(REPORT)["status"] == "SUCCEEDED"
    assert site.report("GET", f"/workflowExecutions/{made}").json()["status"] == status
    site.local("DELETE", f"/faults/{fault['fault_id']}")
    assert site.wait(made)["status"] == "SUCCEEDED"


def test_several_parts_repeat_the_header_and_lose_nothing(site: Site) -> None:
    whole = requests.get(url_of(site, site.run(REPORT)), timeout=10).text.splitlines()
    site.fault(kind="several_parts", parts=3, count=1)
    made = site.run(REPORT)
    path = f"/workflowExecutions/{made['workflowExecutionId']}/downloadUrls"
    urls = site.report("GET", path).json()["downloadUrls"]
    parts = [requests.get(url, timeout=10).text.splitlines() for url in urls]
    assert len(parts) == 3
    assert all(part[0] == whole[0] for part in parts)
    assert sorted(line for part in parts for line in part[1:]) == sorted(whole[1:])


def test_gzip_results_are_gzip(site: Site) -> None:
    whole = requests.get(url_of(site, site.run(REPORT)), timeout=10).text
    site.fault(kind="gzip", count=1)
    raw = requests.get(url_of(site, site.run(REPORT)), timeout=10).content
    assert raw[:2] == b"\x1f\x8b"
    assert sorted(gzip.decompress(raw).decode().splitlines()) == sorted(whole.splitlines())


def test_slow_and_torn_downloads(site: Site) -> None:
    url = url_of(site, site.run(REPORT))
    size = len(requests.get(url, timeout=10).content)
    site.fault(kind="torn_download", fraction=0.5, count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, timeout=10)
    site.fault(kind="slow_download", bytes_per_s=size * 3, count=1)
    clock = SystemClock()
    began = clock.monotonic()
    assert len(requests.get(url, timeout=10).content) == size
    assert clock.monotonic() - began > 0.2


def test_clock_skew_lasts_as_long_as_its_fault(own_site: Site) -> None:
    fault = own_site.fault(kind="clock_skew", seconds=600)
    assert own_site.local("GET", "/clock")["skew_s"] == 600
    own_site.local("DELETE", f"/faults/{fault['fault_id']}")
    assert own_site.local("GET", "/clock")["skew_s"] == 0


def test_failed_and_rejected_executions_say_why(site: Site) -> None:
    site.fault(kind="fail_execution", reason="because", count=1)
    failed = site.run(REPORT)
    assert (failed["status"], failed["statusReason"]) == ("FAILED", "because")
    site.fault(kind="reject_execution", count=1, route="EXECUTION transient_*")
    assert "too many workflows" in site.run(REPORT)["statusReason"]


def test_every_kind_is_described_and_checked(site: Site) -> None:
    assert set(site.local("GET", "/faults")["kinds"]) == set(DESCRIPTIONS)
    for body in ({"kind": "unheard"}, {"kind": "throttle", "rate": 2}, {"kind": "slow", "x": 1}):
        answer = site.session.post(f"{site.url}/_local/faults", json=body)
        assert answer.status_code == 400


def test_a_storm_of_throttles_ends(site: Site) -> None:
    site.fault(kind="throttle", count=5, retry_after_s=0)
    assert eventually(lambda: site.report("GET", "/workflows").ok, "the storm to end")
