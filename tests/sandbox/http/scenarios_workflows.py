"""Data sources, workflows, schedules, common errors: the call for each recorded example."""

from typing import Any

import requests

from tests.sandbox.http.scenario_base import fault, fresh_id, option, scenario, sent, workflow
from tests.sandbox.site import Site

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
