"""For each recorded example, the call that brings the local AMC to the same answer."""

import json
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.sandbox.conftest import CLIENT, Site, eventually

FOLDER = Path(__file__).parents[2] / "fixtures" / "api"
Scenario = Callable[[Site], requests.Response]
SCENARIOS: dict[str, Scenario] = {}

EXPLICIT = {
    "timeWindowType": "EXPLICIT",
    "timeWindowStart": "2026-09-01T00:00:00",
    "timeWindowEnd": "2026-09-08T00:00:00",
    "timeWindowTimeZone": "America/New_York",
}
ADHOC = "SELECT campaign, SUM(impressions) AS impressions FROM sponsored_ads_traffic GROUP BY 1"


def scenario(*names: str) -> Callable[[Scenario], Scenario]:
    def register(call: Scenario) -> Scenario:
        for name in names:
            SCENARIOS[f"{name}.json"] = call
        return call

    return register


def sent(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())["request"]


def fresh_id() -> str:
    return f"w-{uuid.uuid4().hex[:12]}"


@contextmanager
def option(site: Site, **options: Any):
    before = site.sandbox.options.model_dump(include=set(options))
    site.local("PUT", "/options", json=options)
    try:
        yield
    finally:
        site.local("PUT", "/options", json=before)


@contextmanager
def fault(site: Site, kind: str, **more: Any):
    made = site.fault(kind=kind, **more)
    try:
        yield
    finally:
        site.local("DELETE", f"/faults/{made['fault_id']}")


def workflow(site: Site, workflow_id: str | None = None, name: str = "workflow_create") -> str:
    """The recorded workflow, saved once; its id."""
    body = sent(name)["body"] | ({"workflowId": workflow_id} if workflow_id else {})
    site.report("POST", "/workflows", json=body)
    return body["workflowId"]


def finished(site: Site, **body: Any) -> str:
    workflow(site)
    asked = {"workflowId": "sp_campaign_reach.v1", **EXPLICIT, **body}
    return site.run(asked)["workflowExecutionId"]


def get(site: Site, execution_id: str, **query: str) -> requests.Response:
    return site.report("GET", f"/workflowExecutions/{execution_id}", params=query)


# Login with Amazon


@scenario("lwa_token_authorization_code")
def _code(site: Site) -> requests.Response:
    answers: list[requests.Response] = []
    hook = site.session.hooks["response"]
    hook.append(lambda answer, *_, **__: answers.append(answer))
    site.grant()
    hook.pop()
    return answers[-1]


@scenario("lwa_token_refresh")
def _refresh(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token", refresh_token=site.grant()["refresh_token"])


@scenario("lwa_error_invalid_grant")
def _invalid_grant(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token", refresh_token="Atzr|REVOKED")


@scenario("lwa_error_expired_code")
def _expired_code(site: Site) -> requests.Response:
    code = (
        site.session.get(
            f"{site.url}/ap/oa",
            params={
                "client_id": CLIENT,
                "scope": "profile",
                "response_type": "code",
                "redirect_uri": "https://amazon.com",
                "local_consent": "allow",
            },
            allow_redirects=False,
        )
        .headers["Location"]
        .split("code=")[1]
        .split("&")[0]
    )
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": "https://amazon.com"
    }  # fmt: skip
    assert site.token(**form).status_code == 200
    return site.token(**form)


@scenario("lwa_error_invalid_client")
def _invalid_client(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token", refresh_token="x", client_secret="WRONG")


@scenario("lwa_error_missing_parameter")
def _missing_parameter(site: Site) -> requests.Response:
    return site.token(grant_type="refresh_token")


@scenario("lwa_user_profile")
def _profile(site: Site) -> requests.Response:
    return site.session.get(f"{site.url}/user/profile", headers=site.headers)


@scenario("lwa_user_profile_insufficient_scope")
def _profile_scope(site: Site) -> requests.Response:
    token = site.grant("advertising::campaign_management")["access_token"]
    return site.session.get(
        f"{site.url}/user/profile", headers={"Authorization": f"Bearer {token}"}
    )


# Accounts and profiles


@scenario("profiles_list")
def _profiles(site: Site) -> requests.Response:
    return site.call("GET", "/v2/profiles", params={"profileTypeFilter": "seller,vendor"})


@scenario("profiles_list_empty")
def _no_profiles(site: Site) -> requests.Response:
    return site.call("GET", "/eu/v2/profiles")


@scenario("ads_accounts_list")
def _ads_accounts(site: Site) -> requests.Response:
    return site.call("POST", "/adsAccounts/list", json={"maxResults": 100})


@scenario("amc_accounts_list")
def _accounts(site: Site) -> requests.Response:
    return site.call("GET", "/amc/accounts", params={"limit": "1"})


@scenario("amc_accounts_list_page2")
def _accounts_end(site: Site) -> requests.Response:
    token = site.call("GET", "/amc/accounts", params={"limit": "1"}).json()["nextToken"]
    return site.call("GET", "/amc/accounts", params={"nextToken": token})


@scenario("amc_accounts_unauthorized")
def _accounts_401(site: Site) -> requests.Response:
    return site.call("GET", "/amc/accounts", headers={"Authorization": "Bearer Atza|old"})


# Instances


@scenario("instances_list")
def _instances(site: Site) -> requests.Response:
    return site.call("GET", "/amc/instances", params={"limit": "2"})


@scenario("instances_list_page2")
def _instances_end(site: Site) -> requests.Response:
    token = None
    while True:
        answer = site.call("GET", "/amc/instances", params={"limit": "20", "nextToken": token})
        token = answer.json()["nextToken"]
        if token is None:
            return answer


@scenario("instances_list_forbidden")
def _instances_403(site: Site) -> requests.Response:
    headers = {"Amazon-Advertising-API-AdvertiserId": "ENTITY8EXAMPLE0008"}
    return site.call("GET", "/amc/instances", headers=headers)


@scenario("instances_list_missing_entity")
def _instances_400(site: Site) -> requests.Response:
    headers = {"Amazon-Advertising-API-AdvertiserId": ""}
    return site.call("GET", "/amc/instances", headers=headers, params={"entityId": "x"})


@scenario("instances_list_terms_not_accepted")
def _instances_terms(site: Site) -> requests.Response:
    with fault(site, "terms_not_accepted"):
        return site.call("GET", "/amc/instances")


@scenario("instance_get")
def _instance(site: Site) -> requests.Response:
    return site.call("GET", f"/amc/instances/{site.instance_id()}")


def make_instance(site: Site) -> requests.Response:
    name = f"new {uuid.uuid4().hex[:8]}"
    body = {"instanceName": name, "advertiserName": "Example Advertiser"}
    return site.call("POST", "/amc/instances", json=body)


def completed_instance(site: Site) -> str:
    made = make_instance(site).json()["instance"]["instanceId"]

    def ready() -> bool:
        found = site.call("GET", f"/amc/instances/{made}").json()["instance"]
        return found["creationStatus"] == "COMPLETED"

    eventually(ready, "the instance to be complete")
    return made


@scenario("instance_create")
def _instance_create(site: Site) -> requests.Response:
    return make_instance(site)


@scenario("instance_update")
def _instance_update(site: Site) -> requests.Response:
    made = completed_instance(site)
    body = {"instanceName": f"renamed {uuid.uuid4().hex[:8]}"}
    answer = site.call("PUT", f"/amc/instances/{made}", json=body)
    assert answer.json()["instance"]["instanceName"] == body["instanceName"]
    return answer


@scenario("instance_delete")
def _instance_delete(site: Site) -> requests.Response:
    return site.call("DELETE", f"/amc/instances/{completed_instance(site)}")


@scenario("instance_advertisers_list")
def _advertisers(site: Site) -> requests.Response:
    return site.call("GET", f"/amc/instances/{site.instance_id()}/advertisers")


@scenario("instance_advertisers_update")
def _advertisers_update(site: Site) -> requests.Response:
    body = sent("instance_advertisers_update")["body"]
    made = completed_instance(site)
    return site.call("POST", f"/amc/instances/{made}/advertisers/updates", json=body)


# Data sources


@scenario("data_sources_list")
def _data_sources(site: Site) -> requests.Response:
    return site.report("GET", "/dataSources", params={"limit": "100"})


@scenario("data_source_get")
def _data_source(site: Site) -> requests.Response:
    return site.report("GET", "/dataSources/sponsored_ads_traffic")


@scenario("data_source_get_wrapped")
def _data_source_wrapped(site: Site) -> requests.Response:
    with option(site, wrapped=True):
        return _data_source(site)


# Workflows


@scenario("workflow_create")
def _workflow_create(site: Site) -> requests.Response:
    body = sent("workflow_create")["body"] | {"workflowId": fresh_id()}
    return site.report("POST", "/workflows", json=body)


@scenario("workflow_create_array_parameter")
def _workflow_array(site: Site) -> requests.Response:
    body = sent("workflow_create_array_parameter")["body"] | {"workflowId": fresh_id()}
    answer = site.report("POST", "/workflows", json=body)
    saved = site.report("GET", f"/workflows/{body['workflowId']}").json()
    assert saved["inputParameters"] == body["inputParameters"]
    return answer


@scenario("workflow_create_compile_error")
def _workflow_undeclared(site: Site) -> requests.Response:
    return site.report("POST", "/workflows", json=sent("workflow_create_compile_error")["body"])


@scenario("workflow_create_sql_error")
def _workflow_bad_sql(site: Site) -> requests.Response:
    return site.report("POST", "/workflows", json=sent("workflow_create_sql_error")["body"])


@scenario("workflow_create_duplicate")
def _workflow_duplicate(site: Site) -> requests.Response:
    workflow(site)
    return site.report("POST", "/workflows", json=sent("workflow_create_duplicate")["body"])


@scenario("workflow_get")
def _workflow_get(site: Site) -> requests.Response:
    return site.report("GET", f"/workflows/{workflow(site, fresh_id())}")


@scenario("workflow_get_wrapped")
def _workflow_get_wrapped(site: Site) -> requests.Response:
    with option(site, wrapped=True):
        return _workflow_get(site)


@scenario("workflow_get_not_found")
def _workflow_unknown(site: Site) -> requests.Response:
    return site.report("GET", "/workflows/missing")


@scenario("workflow_update")
def _workflow_update(site: Site) -> requests.Response:
    made = workflow(site, fresh_id())
    body = sent("workflow_update")["body"] | {"workflowId": made}
    return site.report("PUT", f"/workflows/{made}", json=body)


@scenario("workflow_delete")
def _workflow_delete(site: Site) -> requests.Response:
    return site.report("DELETE", f"/workflows/{workflow(site, fresh_id())}")


@scenario("workflow_delete_referenced")
def _workflow_referenced(site: Site) -> requests.Response:
    make_schedule(site)
    return site.report("DELETE", "/workflows/dsp_reach")


def filled(site: Site) -> str:
    """An instance of its own with three workflows."""
    instance = site.instance_id(number=7)
    body = sent("workflow_create")["body"]
    for number in range(3):
        site.report("POST", "/workflows", instance, json=body | {"workflowId": f"w{number}"})
    return instance


@scenario("workflows_list")
def _workflows(site: Site) -> requests.Response:
    return site.report("GET", "/workflows", filled(site), params={"limit": "2"})


@scenario("workflows_list_empty_page_with_token")
def _workflows_empty_page(site: Site) -> requests.Response:
    token = _workflows(site).json()["nextToken"]
    query = {"limit": "2", "nextToken": token}
    with fault(site, "empty_page"):
        answer = site.report("GET", "/workflows", filled(site), params=query)
    query["nextToken"] = answer.json()["nextToken"]
    rest = site.report("GET", "/workflows", filled(site), params=query).json()
    assert [item["workflowId"] for item in rest["workflows"]] == ["w2"]
    return answer


@scenario("workflows_list_last_page")
def _workflows_end(site: Site) -> requests.Response:
    token = _workflows(site).json()["nextToken"]
    return site.report("GET", "/workflows", filled(site), params={"nextToken": token})


# Executions


@scenario("execution_create_saved")
def _execution_saved(site: Site) -> requests.Response:
    body = {"workflowId": workflow(site), **EXPLICIT, "parameterValues": {"ad_product": "x"}}
    return site.report("POST", "/workflowExecutions", json=body)


@scenario("execution_create_saved_wrapped")
def _execution_saved_wrapped(site: Site) -> requests.Response:
    with option(site, wrapped=True):
        return _execution_saved(site)


@scenario("execution_create_adhoc")
def _execution_adhoc(site: Site) -> requests.Response:
    body = sent("execution_create_adhoc")["body"]
    answer = site.report("POST", "/workflowExecutions", json=body)
    assert answer.json()["workflowId"].startswith("transient_")
    assert "timeWindowStart" not in answer.json()
    return answer


@scenario("execution_create_sandbox")
def _execution_sandbox(site: Site) -> requests.Response:
    body = sent("execution_create_sandbox")["body"]
    answer = site.report("POST", "/workflowExecutions", site.instance_id("SANDBOX"), json=body)
    assert answer.json()["requireSyntheticData"] is True
    return answer


@scenario("execution_create_dry_run")
def _execution_dry(site: Site) -> requests.Response:
    body = {"workflowId": workflow(site), **EXPLICIT, "dryRun": True}
    return site.report("POST", "/workflowExecutions", json=body)


@scenario("execution_create_bad_window")
def _execution_window(site: Site) -> requests.Response:
    workflow(site)
    body = sent("execution_create_bad_window")["body"]
    return site.report("POST", "/workflowExecutions", json=body)


@scenario("execution_create_unknown_workflow")
def _execution_unknown(site: Site) -> requests.Response:
    body = sent("execution_create_unknown_workflow")["body"]
    return site.report("POST", "/workflowExecutions", json=body)


@scenario("execution_get_pending")
def _pending(site: Site) -> requests.Response:
    with option(site, pending_s=30):
        made = _execution_saved(site).json()["workflowExecutionId"]
        answer = get(site, made, includeWorkflow="false")
        assert answer.json()["status"] == "PENDING"
        site.report("DELETE", f"/workflowExecutions/{made}")
    return answer


@scenario("execution_get_running")
def _running(site: Site) -> requests.Response:
    with option(site, running_s=30):
        made = _execution_saved(site).json()["workflowExecutionId"]
        site.wait(made, status={"RUNNING"})
        answer = get(site, made)
        site.report("DELETE", f"/workflowExecutions/{made}")
    return answer


@scenario("execution_get_publishing")
def _publishing(site: Site) -> requests.Response:
    with option(site, publishing_s=30):
        made = _execution_saved(site).json()["workflowExecutionId"]
        site.wait(made, status={"PUBLISHING"})
        answer = get(site, made)
        site.report("DELETE", f"/workflowExecutions/{made}")
    return answer


@scenario("execution_get_succeeded")
def _succeeded(site: Site) -> requests.Response:
    answer = get(site, finished(site))
    assert answer.json()["status"] == "SUCCEEDED"
    columns = [item["name"] for item in answer.json()["outputColumns"]]
    assert columns == [
        "campaign_id_string", "campaign", "impressions", "clicks", "spend", "filtered", "du_count"
    ]  # fmt: skip
    return answer


@scenario("execution_get_succeeded_wrapped_channels")
def _succeeded_wrapped(site: Site) -> requests.Response:
    made = finished(site)
    with option(site, wrapped=True):
        return get(site, made, includeWorkflow="true")


@scenario("execution_get_failed")
def _failed(site: Site) -> requests.Response:
    reason = "Workflow execution exceeded the allowed execution time."
    with fault(site, "fail_execution", reason=reason):
        answer = get(site, finished(site))
    assert (answer.json()["status"], answer.json()["statusReason"]) == ("FAILED", reason)
    return answer


@scenario("execution_get_rejected_privacy")
def _rejected_privacy(site: Site) -> requests.Response:
    with fault(site, "reject_execution"):
        made = finished(site)
    answer = get(site, made)
    assert answer.json()["status"] == "REJECTED"
    assert answer.json()["statusReason"] == (
        f'Execution "{made}" of workflow "sp_campaign_reach.v1" could not be run because too many '
        "workflows have already been run against the same input data sources in the same or "
        "overlapping time windows."
    )
    return answer


@scenario("execution_get_rejected_sql")
def _rejected_sql(site: Site) -> requests.Response:
    made = site.run({"workflow": {"sqlQuery": ADHOC.replace("campaign,", "nope,")}, **EXPLICIT})
    assert made["status"] == "REJECTED"
    start = f"Was unable to compile workflow {made['workflowId']} because it was found to be invali"
    assert made["statusReason"].startswith(start)
    return get(site, made["workflowExecutionId"])


@scenario("execution_get_cancelled")
def _cancelled(site: Site) -> requests.Response:
    with option(site, pending_s=30):
        made = _execution_saved(site).json()["workflowExecutionId"]
        site.report("PUT", f"/workflowExecutions/{made}", json={"status": "CANCELLED"})
    answer = get(site, made)
    assert answer.json()["status"] == "CANCELLED"
    return answer


@scenario("execution_get_not_found")
def _execution_missing(site: Site) -> requests.Response:
    return get(site, "2b000000-0000-4000-8000-0000000000ff")


@scenario("execution_cancel")
def _cancel(site: Site) -> requests.Response:
    with option(site, pending_s=30):
        made = _execution_saved(site).json()["workflowExecutionId"]
        body = {"status": "CANCELLED"}
        return site.report("PUT", f"/workflowExecutions/{made}", json=body)


@scenario("execution_cancel_finished")
def _cancel_late(site: Site) -> requests.Response:
    body = {"status": "CANCELLED"}
    return site.report("PUT", f"/workflowExecutions/{finished(site)}", json=body)


@scenario("executions_list")
def _executions(site: Site) -> requests.Response:
    for _ in range(2):
        finished(site)
    query = {"minCreationTime": "2025-03-12T00:00:00", "limit": "1", "includeCancelled": "true"}
    return site.report("GET", "/workflowExecutions", params=query)


@scenario("executions_list_missing_filter")
def _executions_unfiltered(site: Site) -> requests.Response:
    return site.report("GET", "/workflowExecutions")


# Downloads


def urls(site: Site, made: str) -> requests.Response:
    return site.report("GET", f"/workflowExecutions/{made}/downloadUrls")


@scenario("execution_download_urls")
def _urls(site: Site) -> requests.Response:
    return urls(site, finished(site))


@scenario("execution_download_urls_parts")
def _urls_parts(site: Site) -> requests.Response:
    with fault(site, "several_parts", parts=2):
        answer = urls(site, finished(site))
    assert len(answer.json()["downloadUrls"]) == 2
    return answer


@scenario("execution_download_urls_not_ready")
def _urls_early(site: Site) -> requests.Response:
    with option(site, pending_s=30):
        made = _execution_saved(site).json()["workflowExecutionId"]
        answer = urls(site, made)
        site.report("DELETE", f"/workflowExecutions/{made}")
    return answer


def first_url(site: Site, made: str) -> str:
    return urls(site, made).json()["downloadUrls"][0]


@scenario("result_csv_download")
def _csv(site: Site) -> requests.Response:
    return requests.get(first_url(site, finished(site)), timeout=30)


@scenario("result_csv_empty")
def _csv_empty(site: Site) -> requests.Response:
    with fault(site, "empty_result"):
        made = finished(site)
    return requests.get(first_url(site, made), timeout=30)


@scenario("result_csv_url_expired")
def _csv_expired(site: Site) -> requests.Response:
    url = first_url(site, finished(site))
    with fault(site, "link_expired"):
        return requests.get(url, timeout=30)


# Schedules


def make_schedule(site: Site, **change: Any) -> requests.Response:
    workflow(site, "dsp_reach")
    body = sent("schedule_create")["body"] | change
    return site.report("POST", "/schedules", json=body)


@scenario("schedule_create")
def _schedule_create(site: Site) -> requests.Response:
    return make_schedule(site, scheduleId=fresh_id())


@scenario("schedule_get")
def _schedule_get(site: Site) -> requests.Response:
    make_schedule(site)
    answer = site.report("GET", "/schedules/dsp_reach_weekly")
    assert answer.json() == sent("schedule_create")["body"]
    return answer


@scenario("schedules_list")
def _schedules(site: Site) -> requests.Response:
    make_schedule(site)
    return site.report("GET", "/schedules")


@scenario("schedule_update")
def _schedule_update(site: Site) -> requests.Response:
    made = fresh_id()
    make_schedule(site, scheduleId=made)
    body = sent("schedule_update")["body"] | {"scheduleId": made}
    return site.report("PUT", f"/schedules/{made}", json=body)


@scenario("schedule_delete")
def _schedule_delete(site: Site) -> requests.Response:
    made = fresh_id()
    make_schedule(site, scheduleId=made)
    return site.report("DELETE", f"/schedules/{made}")


# Errors that any call may have


@scenario("error_401_expired_token")
def _expired(site: Site) -> requests.Response:
    return site.report("GET", "/workflows", headers={"Authorization": "Bearer Atza|old"})


@scenario("error_403_unauthorized_request")
def _not_an_instance(site: Site) -> requests.Response:
    return site.call("GET", "/amc/reporting/not-an-amc-instance/workflows")


@scenario("error_415_media_type")
def _media_type(site: Site) -> requests.Response:
    with option(site, strict_media_types=True):
        return site.report("POST", "/workflows", data="{}", headers={"Content-Type": "text/plain"})


@scenario("error_422_invalid_parameter")
def _limit(site: Site) -> requests.Response:
    return site.report("GET", "/workflows", params={"limit": "1000"})


@scenario("error_429_with_retry_after")
def _throttled(site: Site) -> requests.Response:
    with fault(site, "throttle", retry_after_s=3):
        answer = site.report("GET", "/workflows")
    assert answer.headers["Retry-After"] == "3"
    return answer


@scenario("error_429_without_retry_after")
def _throttled_bare(site: Site) -> requests.Response:
    with fault(site, "throttle"):
        return site.report("GET", "/workflows")


@scenario("error_500")
def _error(site: Site) -> requests.Response:
    with fault(site, "server_error"):
        return site.report("GET", "/workflows")


@scenario("error_504_gateway")
def _gateway(site: Site) -> requests.Response:
    with fault(site, "gateway_timeout"):
        return site.report("POST", "/workflowExecutions", json={})


@scenario("error_html_body")
def _html(site: Site) -> requests.Response:
    with fault(site, "html"):
        return site.report("GET", "/workflows")


# Look-ups


@scenario("sp_campaigns_list")
def _sp(site: Site) -> requests.Response:
    return lookup(site, "/sp/campaigns/list", {"maxResults": 100})


def lookup(site: Site, path: str, body: dict[str, Any]) -> requests.Response:
    return site.session.post(site.url + path, headers=site.profile_headers(), json=body)


@scenario("sp_campaigns_list_unauthorized")
def _sp_401(site: Site) -> requests.Response:
    headers = site.headers | {"Amazon-Advertising-API-Scope": "1111111111111"}
    return site.session.post(f"{site.url}/sp/campaigns/list", headers=headers, json={})


@scenario("sb_campaigns_list")
def _sb(site: Site) -> requests.Response:
    return lookup(site, "/sb/v4/campaigns/list", {"maxResults": 1})


@scenario("sd_campaigns_list")
def _sd(site: Site) -> requests.Response:
    query = {"startIndex": "0", "count": "100", "stateFilter": "enabled, paused, archived"}
    return site.session.get(
        f"{site.url}/sd/campaigns", headers=site.profile_headers(), params=query
    )


def dsp_advertisers(site: Site) -> requests.Response:
    return site.session.get(f"{site.url}/dsp/advertisers", headers=site.profile_headers("agency"))


@scenario("dsp_advertisers_list")
def _dsp_advertisers(site: Site) -> requests.Response:
    return dsp_advertisers(site)


@scenario("dsp_campaigns_list")
def _dsp_campaigns(site: Site) -> requests.Response:
    advertiser = dsp_advertisers(site).json()["response"][0]["advertiserId"]
    headers = site.headers | {"Amazon-Ads-AccountId": advertiser}
    return site.session.post(
        f"{site.url}/dsp/v1/campaigns/list", headers=headers, json={"maxResults": 100}
    )


@scenario("product_metadata")
def _products(site: Site) -> requests.Response:
    listed = lookup(site, "/product/metadata", {"pageIndex": 0, "pageSize": 2}).json()
    asins = [item["asin"] for item in listed["ProductMetadataList"]]
    assert len(asins) == 2
    return lookup(site, "/product/metadata", {"asins": asins, "pageIndex": 0, "pageSize": 300})
