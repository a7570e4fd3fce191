"""One call with everything around it: token, rate budget, repeats."""

from types import SimpleNamespace
from typing import Any

import pytest
import responses

from amc import errors
from amc.api.retry import PATIENCE_S

API = "https://advertising-api.amazon.com"
REPORTING = f"{API}/amc/reporting/amcexample1"
EXECUTIONS = f"{REPORTING}/workflowExecutions"
TOKEN = "https://api.amazon.com/auth/o2/token"
RUN = {"workflowExecutionId": "2b00", "status": "PENDING"}


def create(kit: SimpleNamespace) -> Any:
    return kit.instance().create_execution(
        "amcm-1", window_start="2026-10-01T00:00:00", window_end="2026-11-01T00:00:00"
    )


def posts() -> int:
    return sum(c.request.method == "POST" and c.request.url != TOKEN for c in responses.calls)


@responses.activate
@pytest.mark.parametrize(
    "failure",
    [
        {"status": 500, "json": {"code": "500", "details": "Internal server error"}},
        {"status": 503, "body": "<html>busy</html>"},
        {"status": 504, "json": {"message": "Endpoint request timed out"}},
        {"status": 408, "body": ""},
        {"status": 200, "body": "<html>not JSON</html>"},
        {"status": 200, "json": []},
        {"status": 200, "json": {}},
        {"status": 302, "body": ""},
        {"body": ConnectionError("reset")},
    ],
    ids=["500", "503 page", "504", "408", "page", "list", "empty", "redirect", "reset"],
)
def test_a_create_whose_answer_is_unclear_is_sent_once(
    kit: SimpleNamespace, failure: dict[str, Any]
) -> None:
    responses.post(EXECUTIONS, **failure)
    with pytest.raises(errors.ApiError):
        create(kit)
    assert posts() == 1


@responses.activate
@pytest.mark.parametrize(
    "failure",
    [
        {"status": 400, "json": {"details": "SQL query was invalid"}},
        {"status": 403, "json": {"details": "Unauthorized request."}},
        {"status": 404, "json": {}},
        {"status": 409, "json": {}},
        {"status": 422, "json": {}},
    ],
    ids=lambda f: str(f["status"]),
)
@pytest.mark.parametrize("method", ["create", "read"])
def test_a_refusal_is_not_repeated(
    kit: SimpleNamespace, failure: dict[str, Any], method: str
) -> None:
    responses.post(EXECUTIONS, **failure)
    responses.get(f"{EXECUTIONS}/2b00", **failure)
    with pytest.raises(errors.ApiError) as caught:
        create(kit) if method == "create" else kit.instance().get_execution("2b00")
    assert len(responses.calls) == 1
    assert not caught.value.transient


@responses.activate
def test_a_throttled_create_waits_for_what_amazon_asks_and_is_sent_again(
    kit: SimpleNamespace,
) -> None:
    responses.post(EXECUTIONS, status=429, headers={"Retry-After": "7"}, json={"code": "429"})
    responses.post(EXECUTIONS, json=RUN)
    assert create(kit).workflow_execution_id == "2b00"
    assert posts() == 2
    assert 7 <= kit.pace.monotonic() <= 8
    assert kit.budget.slowed == [7.0]
    assert len(kit.budget.reserved) == 2
    assert kit.budget.sped == 1


@responses.activate
def test_a_429_as_a_page_without_retry_after_waits_at_least_a_second(kit: SimpleNamespace) -> None:
    responses.get(f"{EXECUTIONS}/2b00", status=429, body="<html>openresty</html>")
    responses.get(f"{EXECUTIONS}/2b00", json=RUN)
    kit.instance().get_execution("2b00")
    assert kit.pace.monotonic() >= 1
    assert kit.budget.slowed == [None]


@responses.activate
def test_a_long_retry_after_goes_to_the_caller_at_once(kit: SimpleNamespace) -> None:
    responses.get(f"{EXECUTIONS}/2b00", status=429, headers={"Retry-After": "600"})
    with pytest.raises(errors.RateLimitedError) as caught:
        kit.instance().get_execution("2b00")
    assert caught.value.retry_after_s == 600
    assert kit.pace.monotonic() == 0
    assert kit.budget.slowed == [600.0]


@responses.activate
def test_a_retry_after_date_counts_from_the_servers_own_clock(kit: SimpleNamespace) -> None:
    # The server's clock is a day off; what counts is the ten seconds between its two dates.
    responses.get(
        f"{EXECUTIONS}/2b00",
        status=429,
        headers={
            "Date": "Tue, 03 Nov 2026 09:00:00 GMT",
            "Retry-After": "Tue, 03 Nov 2026 09:00:10 GMT",
        },
    )
    responses.get(f"{EXECUTIONS}/2b00", json=RUN)
    kit.instance().get_execution("2b00")
    assert 10 <= kit.pace.monotonic() <= 11


@responses.activate
def test_reading_is_repeated_twice_and_then_given_up(kit: SimpleNamespace) -> None:
    responses.get(f"{EXECUTIONS}/2b00", status=500, json={"code": "500"})
    with pytest.raises(errors.ServerError):
        kit.instance().get_execution("2b00")
    assert len(responses.calls) == 3
    assert kit.pace.monotonic() <= PATIENCE_S


@responses.activate
def test_during_an_outage_the_quota_of_repeats_runs_out(kit: SimpleNamespace) -> None:
    responses.get(f"{EXECUTIONS}/2b00", status=503)
    for _ in range(200):
        with pytest.raises(errors.ServerError):
            kit.instance().get_execution("2b00")
    assert len(responses.calls) <= 200 * 1.2


@responses.activate
@pytest.mark.parametrize("method", ["create", "read"])
def test_a_401_costs_one_refresh_and_one_repeat(kit: SimpleNamespace, method: str) -> None:
    responses.post(TOKEN, json={"access_token": "Atza|2", "refresh_token": "Atzr|2"})
    refused = {"status": 401, "json": {"code": "401", "details": "Authentication failed"}}
    for add, url in ((responses.post, EXECUTIONS), (responses.get, f"{EXECUTIONS}/2b00")):
        add(url, **refused)
        add(url, json=RUN)
    create(kit) if method == "create" else kit.instance().get_execution("2b00")
    sent = [c.request.headers.get("Authorization") for c in responses.calls]
    assert sent == ["Bearer Atza|EXAMPLE-ACCESS-TOKEN", None, "Bearer Atza|2"]


@responses.activate
def test_a_second_401_is_said_and_nothing_loops(kit: SimpleNamespace) -> None:
    responses.post(TOKEN, json={"access_token": "Atza|2", "refresh_token": "Atzr|2"})
    responses.get(f"{EXECUTIONS}/2b00", status=401, json={"details": "Authentication failed"})
    with pytest.raises(errors.UnauthorizedError, match="Authentication failed"):
        kit.instance().get_execution("2b00")
    assert len(responses.calls) == 3


@responses.activate
def test_a_401_about_a_scope_costs_no_refresh(kit: SimpleNamespace) -> None:
    responses.get(
        f"{API}/v2/profiles", status=401, json={"details": "Not authorized to access scope 1"}
    )
    with pytest.raises(errors.ForbiddenError):
        kit.discovery().list_profiles()
    assert len(responses.calls) == 1


@responses.activate
def test_a_revoked_grant_stops_the_call_before_amazon_sees_it(kit: SimpleNamespace) -> None:
    responses.post(TOKEN, status=400, json={"error": "invalid_grant", "error_description": "gone"})
    kit.store.forget_access("one", "Atza|EXAMPLE-ACCESS-TOKEN")
    with pytest.raises(errors.GrantRevokedError, match="gone"):
        kit.instance().get_execution("2b00")
    assert len(responses.calls) == 1
    assert kit.store.states["one"][0] == "needs_person"


@responses.activate
def test_each_attempt_takes_its_place_and_waits_for_it(kit: SimpleNamespace) -> None:
    kit.budget.waits = [0.105, 0.21]
    responses.get(f"{EXECUTIONS}/2b00", json=RUN)
    api = kit.instance()
    api.get_execution("2b00")
    api.get_execution("2b00")
    assert kit.pace.monotonic() == pytest.approx(0.315)
    key = f"{kit.settings.client_id}|NA"
    assert kit.budget.reserved == [(key, False), (key, False)]


@responses.activate
def test_a_place_far_away_is_said_in_place_of_waiting(kit: SimpleNamespace) -> None:
    kit.budget.waits = [300.0]
    with pytest.raises(errors.RateLimitedError) as caught:
        create(kit)
    assert (caught.value.status, caught.value.retry_after_s) == (429, 300.0)
    assert len(responses.calls) == 0
    assert kit.pace.monotonic() == 0


@responses.activate
def test_a_refused_connection_lets_even_a_create_be_repeated(kit: SimpleNamespace) -> None:
    from requests.exceptions import ConnectionError as Refused
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    refused = Refused(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type]
    responses.post(EXECUTIONS, body=refused)
    responses.post(EXECUTIONS, json=RUN)
    assert create(kit).status == "PENDING"
    assert posts() == 2


# Lists


@responses.activate
@pytest.mark.parametrize(
    "pages",
    [
        [{"workflows": [], "nextToken": "a"}] * 3,
        [
            {"workflows": [], "nextToken": "a"},
            {"workflows": [], "nextToken": "b"},
            {"workflows": [], "nextToken": "a"},
        ],
    ],
    ids=["the same again", "a circle of two"],
)
def test_page_tokens_that_go_in_a_circle_end_in_an_error(
    kit: SimpleNamespace, pages: list[dict[str, Any]]
) -> None:
    for page in pages:
        responses.get(f"{REPORTING}/workflows", json=page)
    with pytest.raises(errors.UnreadableAnswerError, match="circle"):
        kit.instance().list_workflows()


@responses.activate
def test_a_page_that_fails_in_the_middle_gives_no_part_of_the_list(kit: SimpleNamespace) -> None:
    first = {"workflows": [{"workflowId": "a"}], "nextToken": "2"}
    responses.get(f"{REPORTING}/workflows", json=first)
    responses.get(f"{REPORTING}/workflows", status=500)
    with pytest.raises(errors.ServerError):
        kit.instance().list_workflows()


@responses.activate
@pytest.mark.parametrize("end", [{}, {"nextToken": None}, {"nextToken": ""}])
def test_a_list_ends_however_amazon_writes_it_and_doubles_are_dropped(
    kit: SimpleNamespace, end: dict[str, Any]
) -> None:
    first = {"workflows": [{"workflowId": "a"}, {"workflowId": "b"}], "nextToken": "2"}
    responses.get(f"{REPORTING}/workflows", json=first)
    responses.get(
        f"{REPORTING}/workflows", json={"workflows": [{"workflowId": "b"}, {"workflowId": 3}]} | end
    )
    assert [w.workflow_id for w in kit.instance().list_workflows()] == ["a", "b", "3"]


@responses.activate
def test_an_item_that_cannot_be_read_fails_the_list(kit: SimpleNamespace) -> None:
    responses.get(f"{REPORTING}/workflows", json={"workflows": [{"workflowId": "a"}, {"x": 1}]})
    with pytest.raises(errors.UnreadableAnswerError, match="workflowId"):
        kit.instance().list_workflows()


@responses.activate
def test_a_lone_instance_in_place_of_the_list_is_read(kit: SimpleNamespace) -> None:
    responses.get(f"{API}/amc/instances", json={"instance": {"instanceId": "amcexample1"}})
    assert [i.instance_id for i in kit.account().list_instances()] == ["amcexample1"]


@responses.activate
def test_display_campaigns_are_paged_by_index_and_end_when_nothing_is_new(
    kit: SimpleNamespace,
) -> None:
    full = [{"campaignId": n, "name": f"c{n}"} for n in range(100)]
    responses.get(f"{API}/sd/campaigns", json=full)
    responses.get(f"{API}/sd/campaigns", json=full)  # the index is not obeyed
    assert len(kit.profile().list_sd_campaigns()) == 100
    assert [c.request.params["startIndex"] for c in responses.calls] == ["0", "100"]


@responses.activate
def test_asins_are_asked_in_groups_of_300(kit: SimpleNamespace) -> None:
    import json

    responses.post(f"{API}/product/metadata", json={"ProductMetadataList": []})
    asins = [f"B{n:09d}" for n in range(650)]
    kit.profile().list_products([*asins, *asins])
    assert [len(json.loads(c.request.body)["asins"]) for c in responses.calls] == [300, 300, 50]
    with pytest.raises(errors.UsageError):
        kit.profile().list_products(["B0SHORT"])


# What cannot be made


@pytest.mark.parametrize("missing", ["entity_id", "marketplace_id", "instance_id"])
@pytest.mark.parametrize("value", ["", "  ", "ex_0123456789abcdef", None])
def test_an_instance_client_cannot_be_made_without_its_ids(
    kit: SimpleNamespace, missing: str, value: Any
) -> None:
    from amc.api.client import InstanceApi

    right = {
        "entity_id": "ENTITY1EXAMPLE0001",
        "marketplace_id": "ATVPDKIKX0DER",
        "instance_id": "amcexample1",
    }
    with pytest.raises(errors.UsageError):
        InstanceApi(kit.caller(), **(right | {missing: value}))
    with pytest.raises(TypeError):
        InstanceApi(kit.caller(), **{k: v for k, v in right.items() if k != missing})


@responses.activate
def test_lists_of_executions_need_a_time_or_a_workflow(kit: SimpleNamespace) -> None:
    with pytest.raises(errors.UsageError):
        kit.instance().list_executions()


@responses.activate
@pytest.mark.parametrize(
    ("start", "end", "zone", "window_type"),
    [
        ("2026-10-01", "2026-11-01", "UTC", None),
        ("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00", "UTC", None),
        ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "Europe/Berlin", None),
        ("2026-02-30T00:00:00", "2026-11-01T00:00:00", "UTC", None),
        ("2026-11-01T00:00:00", "2026-10-01T00:00:00", "UTC", None),
        ("2026-10-01T00:00:00", "2026-10-01T00:00:00", "UTC", None),
        ("2026-10-01T00:00:00", None, "UTC", None),
        ("2026-10-01T00:00:00", "2026-11-01T00:00:00", "Mars/Base", None),
        ("2026-10-01T00:00:00", "2026-11-01T00:00:00", "UTC", "MOST_RECENT_WEEK"),
        (None, None, "UTC", "EXPLICIT"),
    ],
)
def test_windows_that_amazon_would_refuse_or_misread_are_not_sent(
    kit: SimpleNamespace, start: str, end: str, zone: str, window_type: str | None
) -> None:
    with pytest.raises(errors.WindowError):
        kit.instance().create_execution(
            "w", window_start=start, window_end=end, zone=zone, window_type=window_type
        )
    assert len(responses.calls) == 0
