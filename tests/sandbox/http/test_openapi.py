"""The OpenAPI page, and a fuzzer over it: no answer of 5xx that nobody asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.config import GenerationConfig, SchemathesisConfig

from tests.sandbox.http.scenario_base import ADHOC
from tests.sandbox.site import Site, serving

BOUNDED = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("fuzzed"), pending_s=3600) as running:
        # The parser is loaded, and has set its recursion limit, before Hypothesis looks at it.
        body = {"workflowId": "fuzzed", "sqlQuery": ADHOC}
        assert running.report("POST", "/workflows", json=body).ok
        yield running


def operations(site: Site, *, ours: bool) -> list[schemathesis.schemas.APIOperation]:
    config = SchemathesisConfig()
    config.generation = GenerationConfig(with_security_parameters=False)
    schema = schemathesis.openapi.from_url(f"{site.url}/_local/openapi.json", config=config)
    found = [result.ok() for result in schema.get_all_operations()]
    return [operation for operation in found if operation.path.startswith("/_local") == ours]


def fuzz(operation: schemathesis.schemas.APIOperation, check: Callable[[Any], None]) -> None:
    """Try an operation with what the schema allows; the check must hold for every case."""

    @given(case=operation.as_strategy())
    @BOUNDED
    def tried(case: schemathesis.Case) -> None:
        check(case)

    tried()


def test_no_path_of_amazons_fails_of_itself(fuzzed: Site) -> None:
    instance = fuzzed.instance_id()
    sent = fuzzed.account_headers(instance) | fuzzed.profile_headers()
    lower = {name.lower() for name in sent}
    seen: dict[str, set[int]] = defaultdict(set)

    def check(case: schemathesis.Case) -> None:
        if "instance_id" in (case.path_parameters or {}):
            case.path_parameters["instance_id"] = instance
        for name in [name for name in case.headers or {} if name.lower() in lower]:
            del case.headers[name]
        answer = case.call(base_url=fuzzed.url, headers=sent, allow_redirects=False)
        assert answer.status_code < 500, (case.as_curl_command(), answer.text)
        assert answer.headers["x-amz-rid"]
        seen[case.operation.label].add(answer.status_code)

    # The instance is deleted last: every other call needs it.
    found = sorted(
        operations(fuzzed, ours=False),
        key=lambda operation: operation.label == "DELETE /amc/instances/{instance_id}",
    )
    assert len(found) > 40
    for operation in found:
        fuzz(operation, check)
    # The fuzzer got past the header rules everywhere: calls work, or are refused for their content.
    assert {200, 400, 422} <= set().union(*seen.values())
    assert [label for label, statuses in seen.items() if statuses <= {401, 403}] == []


def test_no_path_of_ours_fails_of_itself(fuzzed: Site) -> None:
    def check(case: schemathesis.Case) -> None:
        answer = case.call(base_url=fuzzed.url)
        assert answer.status_code < 500, (case.as_curl_command(), answer.text)
        fuzzed.local("DELETE", "/faults")
        fuzzed.local("PUT", "/options", json={"pending_s": 3600, "rate_per_s": 0})

    for operation in operations(fuzzed, ours=True):
        fuzz(operation, check)
    fuzzed.local("PUT", "/clock", json={"now": "2026-10-01T00:00:00Z", "factor": 1, "skew_s": 0})
    assert fuzzed.local("GET", "/health")["status"] == "ok"


def test_the_page_and_its_schema_are_there(site: Site) -> None:
    assert "swagger" in site.session.get(f"{site.url}/_local/docs").text.lower()
    paths = site.session.get(f"{site.url}/_local/openapi.json").json()["paths"]
    assert "/amc/reporting/{instance_id}/workflowExecutions" in paths
    body = paths["/amc/reporting/{instance_id}/workflows"]["post"]["requestBody"]
    assert "application/json" in body["content"]


def test_the_control_page_is_there(site: Site) -> None:
    page = site.session.get(f"{site.url}/")
    assert page.url == f"{site.url}/_local"
    assert "<h1>Local AMC</h1>" in page.text


def test_a_look_at_the_control_page_is_no_request_to_amazon(site: Site) -> None:
    before = site.local("GET", "/log/totals")["requests"]
    for path in ("/", "/_local", "/favicon.ico", "/_local/log/executions/newest"):
        assert site.session.get(site.url + path).ok
    assert site.local("GET", "/log/totals")["requests"] == before
