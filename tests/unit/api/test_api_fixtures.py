"""Every recorded call: what we send equals it, what comes back becomes a typed value or error."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from amc import errors
from amc.api.answers import error_of
from amc.api.lwa import login_error
from amc.clock import parse_instant

FIXTURES = Path(__file__).parents[2] / "fixtures" / "api"
INDEX = json.loads((FIXTURES / "index.json").read_text())
EXECUTION = "2b000000-0000-4000-8000-000000000001"
WINDOW = {
    "window_start": "2025-03-01T00:00:00",
    "window_end": "2025-03-08T00:00:00",
    "zone": "America/New_York",
}
VALUES = {"ad_product": "sponsored_products"}
REDIRECT = "https://app.example.com/oauth/callback"


def load(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / name).read_text())


def body_of(name: str) -> dict[str, Any]:
    return load(name)["request"]["body"]


def save(kit: SimpleNamespace, name: str, verb: str = "create") -> Any:
    body = body_of(name)
    return getattr(kit.instance(), f"{verb}_workflow")(
        body["workflowId"],
        body["sqlQuery"],
        input_parameters=body.get("inputParameters", ()),
        filtered_metrics_discriminator_column=body.get("filteredMetricsDiscriminatorColumn"),
        distinct_user_count_column=body.get("distinctUserCountColumn"),
        filtered_reason_column=body.get("filteredReasonColumn"),
    )


def run(kit: SimpleNamespace, workflow: str = "sp_campaign_reach.v1", **more: Any) -> Any:
    return kit.instance().create_execution(workflow, **WINDOW, parameter_values=VALUES, **more)


def read_run(kit: SimpleNamespace, name: str) -> Any:
    asked = load(name)["request"].get("query", {}).get("includeWorkflow")
    with_sql = {"true": True, "false": False, None: None}[asked]
    return kit.instance().get_execution(EXECUTION, with_sql=with_sql)


def refresh(kit: SimpleNamespace, token: str = "Atzr|EXAMPLE-REFRESH-TOKEN") -> Any:
    return kit.login.refresh("NA", refresh_token=token)


def exchange(kit: SimpleNamespace, code: str) -> Any:
    return kit.login.exchange_code("NA", code=code, redirect_uri=REDIRECT)


def page(template: str, query: dict[str, str]) -> Callable[[SimpleNamespace], Any]:
    """A later page of a list, asked for on its own."""

    def call(kit: SimpleNamespace) -> Any:
        api = kit.discovery() if template == "/amc/accounts" else kit.account()
        if "reporting" in template:
            api = kit.instance()
        return api._send("page", "GET", template, path={"instanceId": "amcexample1"}, query=query)

    return call


CALLS: dict[str, Callable[[SimpleNamespace], Any]] = {
    "lwa_token_authorization_code": lambda k: exchange(k, "EXAMPLECODE"),
    "lwa_token_refresh": refresh,
    "lwa_error_invalid_grant": lambda k: refresh(k, "Atzr|REVOKED"),
    "lwa_error_expired_code": lambda k: exchange(k, "OLDCODE"),
    "lwa_user_profile": lambda k: k.login.user_profile("NA", "Atza|EXAMPLE-ACCESS-TOKEN"),
    "lwa_user_profile_insufficient_scope": lambda k: k.login.user_profile(
        "NA", "Atza|EXAMPLE-ACCESS-TOKEN"
    ),
    "profiles_list": lambda k: k.discovery().list_profiles(profile_types=("seller", "vendor")),
    "profiles_list_empty": lambda k: k.discovery("EU").list_profiles(),
    "amc_accounts_list": lambda k: k.discovery().list_accounts(),
    "amc_accounts_list_page2": page("/amc/accounts", {"nextToken": "page-2-token"}),
    "amc_accounts_unauthorized": lambda k: k.discovery().list_accounts(),
    "ads_accounts_list": lambda k: k.discovery().list_ads_accounts(),
    "instances_list": lambda k: k.account().list_instances(),
    "instances_list_page2": page("/amc/instances", {"nextToken": "inst-page-2", "limit": "100"}),
    "instances_list_forbidden": lambda k: k.account("ENTITY8EXAMPLE0008").list_instances(
        page_size=None
    ),
    "instances_list_terms_not_accepted": lambda k: k.account().list_instances(page_size=None),
    "instance_get": lambda k: k.account().get_instance("amcexample1"),
    "instance_create": lambda k: k.account().create_instance(
        "newinstance",
        advertiser_name="Example Advertiser",
        idempotency_token="example-idem-0001",
    ),
    "instance_update": lambda k: k.account().update_instance("amcexample1", name="renamedinstance"),
    "instance_delete": lambda k: k.account().delete_instance("amcexample9"),
    "instance_advertisers_list": lambda k: k.account().list_advertisers("amcexample1"),
    "instance_advertisers_update": lambda k: k.account().update_advertisers(
        "amcexample1", add=body_of("instance_advertisers_update.json")["advertisersToAdd"]
    ),
    "workflow_create": lambda k: save(k, "workflow_create.json"),
    "workflow_create_array_parameter": lambda k: save(k, "workflow_create_array_parameter.json"),
    "workflow_create_duplicate": lambda k: save(k, "workflow_create_duplicate.json"),
    "workflow_create_compile_error": lambda k: save(k, "workflow_create_compile_error.json"),
    "workflow_create_sql_error": lambda k: save(k, "workflow_create_sql_error.json"),
    "workflows_list": lambda k: k.instance().list_workflows(page_size=2),
    "workflows_list_empty_page_with_token": page(
        "/amc/reporting/{instanceId}/workflows", {"limit": "2", "nextToken": "wf-page-2"}
    ),
    "workflows_list_last_page": page(
        "/amc/reporting/{instanceId}/workflows", {"limit": "2", "nextToken": "wf-page-3"}
    ),
    "workflow_get": lambda k: k.instance().get_workflow("sp_campaign_reach.v1"),
    "workflow_get_wrapped": lambda k: k.instance().get_workflow("sp_campaign_reach.v1"),
    "workflow_get_not_found": lambda k: k.instance().get_workflow("missing"),
    "workflow_update": lambda k: save(k, "workflow_update.json", "update"),
    "workflow_delete": lambda k: k.instance().delete_workflow("sp_campaign_reach.v1"),
    "workflow_delete_referenced": lambda k: k.instance().delete_workflow("dsp_reach"),
    "execution_create_saved": run,
    "execution_create_saved_wrapped": run,
    "execution_create_adhoc": lambda k: k.instance().create_adhoc_execution(
        body_of("execution_create_adhoc.json")["workflow"]["sqlQuery"],
        window_type="MOST_RECENT_WEEK",
    ),
    "execution_create_sandbox": lambda k: k.instance("amcexamplesb").create_adhoc_execution(
        body_of("execution_create_sandbox.json")["workflow"]["sqlQuery"],
        window_type="MOST_RECENT_WEEK",
        require_synthetic_data=True,
        disable_aggregation_controls=True,
    ),
    "execution_create_dry_run": lambda k: run(k, dry_run=True),
    "execution_create_unknown_workflow": lambda k: run(k, "missing"),
    **{
        f"execution_get_{name}": lambda k, n=name: read_run(k, f"execution_get_{n}.json")
        for name in (
            "pending",
            "running",
            "publishing",
            "succeeded",
            "succeeded_wrapped_channels",
            "rejected_sql",
            "rejected_privacy",
            "failed",
            "cancelled",
        )
    },
    "execution_get_not_found": lambda k: k.instance().get_execution(EXECUTION[:-2] + "ff"),
    "executions_list": lambda k: k.instance().list_executions(
        since=parse_instant("2025-03-12T00:00:00Z"), include_cancelled=True, zone=None
    ),
    "execution_cancel": lambda k: k.instance().cancel_execution(EXECUTION),
    "execution_cancel_finished": lambda k: k.instance().cancel_execution(EXECUTION),
    "execution_download_urls": lambda k: k.instance().get_download_urls(EXECUTION),
    "execution_download_urls_parts": lambda k: k.instance().get_download_urls(EXECUTION),
    "execution_download_urls_not_ready": lambda k: k.instance().get_download_urls(EXECUTION),
    "data_sources_list": lambda k: k.instance().list_data_sources(),
    "data_source_get": lambda k: k.instance().get_data_source("sponsored_ads_traffic"),
    "data_source_get_wrapped": lambda k: k.instance().get_data_source("sponsored_ads_traffic"),
    "schedule_create": lambda k: k.instance().create_schedule(
        "dsp_reach_weekly", "dsp_reach", period="Weekly", hour_utc=16, start_day="Tuesday"
    ),
    "schedules_list": lambda k: k.instance().list_schedules(),
    "schedule_get": lambda k: k.instance().get_schedule("dsp_reach_weekly"),
    "schedule_update": lambda k: k.instance().update_schedule(
        "dsp_reach_weekly",
        "dsp_reach",
        period="Weekly",
        hour_utc=16,
        start_day="Tuesday",
        enabled=False,
    ),
    "schedule_delete": lambda k: k.instance().delete_schedule("dsp_reach_weekly"),
    "error_401_expired_token": lambda k: k.instance().list_workflows(page_size=None),
    "error_403_unauthorized_request": lambda k: k.instance("not-an-amc-instance").list_workflows(
        page_size=None
    ),
    "error_422_invalid_parameter": lambda k: k.instance().list_workflows(page_size=1000),
    "error_429_with_retry_after": lambda k: k.instance().list_workflows(page_size=None),
    "error_429_without_retry_after": lambda k: k.instance().list_workflows(page_size=None),
    "error_500": lambda k: k.instance().list_workflows(page_size=None),
    "error_504_gateway": run,
    "error_html_body": lambda k: k.instance().list_workflows(page_size=None),
    "sp_campaigns_list": lambda k: k.profile().list_sp_campaigns(
        campaign_ids=["123456789012345678"]
    ),
    "sb_campaigns_list": lambda k: k.profile().list_sb_campaigns(),
    "sd_campaigns_list": lambda k: k.profile().list_sd_campaigns(
        state_filter="enabled, paused, archived"
    ),
    "dsp_advertisers_list": lambda k: k.profile("3333333333333").list_dsp_advertisers(),
    "dsp_campaigns_list": lambda k: k.dsp().list_campaigns(),
    "product_metadata": lambda k: k.profile().list_products(["B0EXAMPLE1", "B0EXAMPLE2"]),
    "sp_campaigns_list_unauthorized": lambda k: k.profile().list_sp_campaigns(
        states=(), page_size=None
    ),
}

# What the recorded error answers become.
ERRORS: dict[str, type[errors.ApiError]] = {
    "lwa_error_invalid_grant": errors.GrantRevokedError,
    "lwa_error_expired_code": errors.LoginError,
    "lwa_error_invalid_client": errors.ClientRejectedError,
    "lwa_error_missing_parameter": errors.LoginError,
    "lwa_user_profile_insufficient_scope": errors.LoginError,
    "amc_accounts_unauthorized": errors.UnauthorizedError,
    "instances_list_missing_entity": errors.InvalidRequestError,
    "instances_list_forbidden": errors.ForbiddenError,
    "instances_list_terms_not_accepted": errors.ForbiddenError,
    "workflow_create_duplicate": errors.RemoteConflictError,
    "workflow_create_compile_error": errors.InvalidRequestError,
    "workflow_create_sql_error": errors.InvalidRequestError,
    "workflow_get_not_found": errors.RemoteMissingError,
    "workflow_delete_referenced": errors.InvalidRequestError,
    "execution_create_bad_window": errors.InvalidRequestError,
    "execution_create_unknown_workflow": errors.RemoteMissingError,
    "execution_get_not_found": errors.RemoteMissingError,
    "executions_list_missing_filter": errors.InvalidRequestError,
    "execution_cancel_finished": errors.InvalidRequestError,
    "execution_download_urls_not_ready": errors.InvalidRequestError,
    "error_401_expired_token": errors.UnauthorizedError,
    "error_403_unauthorized_request": errors.ForbiddenError,
    "error_422_invalid_parameter": errors.InvalidRequestError,
    "error_415_media_type": errors.InvalidRequestError,
    "error_429_with_retry_after": errors.RateLimitedError,
    "error_429_without_retry_after": errors.RateLimitedError,
    "error_500": errors.ServerError,
    "error_504_gateway": errors.ServerError,
    "error_html_body": errors.ServerError,
    "sp_campaigns_list_unauthorized": errors.ForbiddenError,
}
# Our client refuses to send these; their answers are still read (last test).
NEVER_SENT = {
    "lwa_error_invalid_client",  # a request like any refresh, with a wrong secret
    "lwa_error_missing_parameter",
    "instances_list_missing_entity",
    "execution_create_bad_window",
    "executions_list_missing_filter",
    "error_415_media_type",
}
# Files behind download addresses: see test_api_downloads.py.
FILES = {"result_csv_download", "result_csv_empty", "result_csv_url_expired"}
NAMES = [entry["file"].removesuffix(".json") for entry in INDEX]


def serve(recorded: dict[str, Any]) -> None:
    request, answer = recorded["request"], recorded["response"]
    address = request["url"]
    headers = {k: v for k, v in answer["headers"].items() if k.lower() != "content-type"}
    text = json.dumps(answer["body"]) if "body" in answer else answer.get("body_text", "")
    responses.add(
        request["method"],
        address,
        body=text,
        status=answer["status"],
        headers=headers,
        content_type=answer["headers"].get("Content-Type"),
    )
    if '"nextToken": "' in text:
        # A recorded page that has a next one: the list goes on and ends there.
        data = json.loads(text)
        key = next(k for k in data if isinstance(data[k], list))
        responses.add(request["method"], address, json={key: []})


def test_every_recorded_call_is_covered() -> None:
    assert set(NAMES) == set(CALLS) | NEVER_SENT | FILES


@pytest.mark.parametrize("name", sorted(CALLS))
@responses.activate
def test_we_send_what_was_recorded_and_read_what_came_back(name: str, kit: SimpleNamespace) -> None:
    recorded = load(f"{name}.json")
    serve(recorded)
    if name in ERRORS:
        if ERRORS[name] is errors.UnauthorizedError:
            refreshed = load("lwa_token_refresh.json")
            serve(refreshed)
        with pytest.raises(ERRORS[name]) as caught:
            CALLS[name](kit)
        assert caught.value.status == recorded["response"]["status"]
    else:
        CALLS[name](kit)
    sent = next(
        c.request for c in responses.calls if "/auth/o2/" not in c.request.url or "lwa" in name
    )
    compare(sent, recorded["request"])


def compare(sent: Any, wanted: dict[str, Any]) -> None:
    parts = urlsplit(sent.url)
    assert sent.method == wanted["method"]
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == wanted["url"]
    assert dict(parse_qsl(parts.query, keep_blank_values=True)) == (wanted.get("query") or {})
    for name, value in wanted["headers"].items():
        assert sent.headers[name] == value, name
    unasked = {h.lower() for h in sent.headers} - {h.lower() for h in wanted["headers"]}
    assert not {h for h in unasked if h.startswith("amazon") or h == "authorization"}
    if "form" in wanted:
        assert dict(parse_qsl(sent.body.decode())) == wanted["form"]
    elif "body" in wanted:
        assert json.loads(sent.body) == wanted["body"]
    else:
        assert sent.body is None


@pytest.mark.parametrize("name", sorted(set(ERRORS)))
def test_every_recorded_error_becomes_its_type_with_amazons_words(
    name: str, kit: SimpleNamespace
) -> None:
    answer = load(f"{name}.json")["response"]
    body = json.dumps(answer["body"]) if "body" in answer else answer["body_text"]
    headers = {k.lower(): v for k, v in answer["headers"].items()}
    found = error_of(answer["status"], headers, body.encode(), now=kit.clock.now())
    if name.startswith("lwa_"):
        found = login_error(found)
    assert type(found) is ERRORS[name]
    said = answer.get("body", {"message": "503 Service Unavailable"})
    words = said.get("message") or said.get("details") or said.get("error_description")
    assert found.body == words


@responses.activate
def test_typed_values_hold_what_was_recorded(kit: SimpleNamespace) -> None:
    for name in ("execution_get_succeeded", "instances_list_page2", "sd_campaigns_list"):
        serve(load(f"{name}.json"))
    execution = kit.instance().get_execution(EXECUTION)
    assert execution.status == "SUCCEEDED"
    assert execution.is_final
    assert execution.execution_time == 55
    assert execution.time_window_start_original == "2025-03-01T00:00:00"
    assert execution.time_window_start == parse_instant("2025-03-01T05:00:00Z")
    assert execution.validated_time == parse_instant("2025-03-12T14:05:12.792Z")
    assert [c["name"] for c in execution.output_columns][:2] == ["campaign_id_string", "campaign"]
    first, fresh = kit.account().list_instances()
    # Nine fractional digits, cut to six.
    assert first.creation_datetime == parse_instant("2025-02-20T21:31:46.455292Z")
    assert fresh.creation_datetime is None
    assert [c.campaign_id for c in kit.profile().list_sd_campaigns()] == ["323456789012345"]


@responses.activate
def test_wrapped_and_flat_answers_are_the_same(kit: SimpleNamespace) -> None:
    for flat in ("workflow_get", "data_source_get", "execution_create_saved"):
        values = []
        for name in (flat, f"{flat}_wrapped"):
            responses.reset()
            serve(load(f"{name}.json"))
            values.append(CALLS[name](kit))
        assert values[0] == values[1]


@responses.activate
def test_pages_are_followed_over_an_empty_one_to_the_end(kit: SimpleNamespace) -> None:
    for name in (
        "workflows_list",
        "workflows_list_empty_page_with_token",
        "workflows_list_last_page",
    ):
        recorded = load(f"{name}.json")
        responses.add(
            "GET",
            recorded["request"]["url"],
            json=recorded["response"]["body"],
            match=[responses.matchers.query_param_matcher(recorded["request"]["query"])],
        )
    found = kit.instance().list_workflows(page_size=2)
    assert [w.workflow_id for w in found] == [
        "sp_campaign_reach.v1",
        "reach_by_campaign_list",
        "dsp_reach",
    ]
