"""Executions and downloads: the call for each recorded example."""

import requests

from tests.sandbox.http.scenario_base import (
    ADHOC,
    EXPLICIT,
    fault,
    finished,
    get,
    option,
    scenario,
    sent,
    workflow,
)
from tests.sandbox.site import Site

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
