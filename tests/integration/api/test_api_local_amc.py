"""The client against the local AMC over HTTP: discovery, runs, results, and faults on the way."""

from datetime import timedelta
from pathlib import Path

import pytest

from amc.api.ads import ProfileApi
from amc.api.wire import WorkflowExecution
from amc.clock import SystemClock
from amc.errors import (
    ForbiddenError,
    InvalidRequestError,
    RateLimitedError,
    RemoteConflictError,
    RemoteMissingError,
    ResultFormatError,
    ServerError,
    TransportError,
    UnreadableAnswerError,
)
from tests.integration.api.kit import INSTANCE, Kit, LocalAmc

SQL = """SELECT campaign, SUM(impressions) AS impressions
FROM dsp_impressions
GROUP BY campaign"""


def window() -> dict[str, str]:
    end = SystemClock().now().replace(hour=0, minute=0, second=0, microsecond=0)
    end -= timedelta(days=3)
    return {
        "window_start": (end - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%S"),
        "window_end": end.strftime("%Y-%m-%dT%H:%M:%S"),
        "zone": "UTC",
    }


def saved(kit: Kit, name: str) -> str:
    kit.instance().create_workflow(name, SQL)
    return name


def run(kit: Kit, workflow: str) -> WorkflowExecution:
    return kit.instance().create_execution(workflow, **window(), require_synthetic_data=True)


def ended(kit: Kit, execution: WorkflowExecution) -> WorkflowExecution:
    clock = SystemClock()
    for _ in range(600):
        found = kit.instance().get_execution(execution.workflow_execution_id)
        if found.is_final:
            return found
        clock.sleep(0.1)
    pytest.fail(f"still {found.status} after a minute")


def since_now() -> dict[str, object]:
    return {"since": SystemClock().now() - timedelta(minutes=2), "include_cancelled": True}


# Discovery


@pytest.mark.parametrize("page_size", [100, 7, 1])
def test_58_instances_in_two_accounts_whatever_the_page(lite: Kit, page_size: int) -> None:
    accounts = lite.discovery().list_accounts()
    found = [
        lite.account_api(a.account_id, a.marketplace_id).list_instances(page_size=page_size)
        for a in accounts
    ]
    assert len(accounts) == 2
    assert sum(map(len, found)) == 58
    assert sum(i.is_sandbox for page in found for i in page) == 2
    assert INSTANCE in {i.instance_id for i in found[0]}


def test_empty_pages_on_the_way_lose_nothing(amc: LocalAmc, lite: Kit) -> None:
    amc.ask("PUT", "/options", json={"empty_page_every": 2})
    accounts = lite.discovery().list_accounts()
    found = [
        lite.account_api(a.account_id, a.marketplace_id).list_instances(page_size=10)
        for a in accounts
    ]
    amc.ask("PUT", "/options", json={"empty_page_every": 0})
    assert sum(map(len, found)) == 58


def test_profiles_and_advertisers_are_found(lite: Kit) -> None:
    assert all(p.profile_id.isdigit() for p in lite.discovery().list_profiles())
    account = lite.account_api(*lite.account)
    assert account.list_advertisers(INSTANCE)
    assert account.get_instance(INSTANCE).instance_id == INSTANCE


def test_another_accounts_instance_is_forbidden_and_the_others_go_on(lite: Kit) -> None:
    with pytest.raises(ForbiddenError):
        lite.instance("amcnosuchone").list_workflows()
    assert lite.instance().list_workflows() is not None


@pytest.mark.parametrize("wrapped", [False, True])
def test_data_sources_have_columns_in_either_form(
    amc: LocalAmc, lite: Kit, *, wrapped: bool
) -> None:
    amc.ask("PUT", "/options", json={"wrapped": wrapped, "unknown_fields": wrapped})
    found = {s.data_source_id: s for s in lite.instance().list_data_sources()}
    one = lite.instance().get_data_source("dsp_impressions")
    amc.ask("PUT", "/options", json={"unknown_fields": False})
    assert [c["name"] for c in one.columns] == [c["name"] for c in found["dsp_impressions"].columns]


# Runs


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_saved_workflow_runs_and_its_result_is_fetched(
    amc: LocalAmc, lite: Kit, tmp_path: Path, *, wrapped: bool
) -> None:
    amc.ask("PUT", "/options", json={"wrapped": wrapped})
    api, name = lite.instance(), saved(lite, f"amcm-run-{wrapped}")
    assert api.get_workflow(name).sql_query == SQL
    started = run(lite, name)
    assert started.workflow_id == name
    assert started.time_window_start_original == window()["window_start"]
    done = ended(lite, started)
    assert (done.status, done.status_reason) == ("SUCCEEDED", None)
    assert [c["name"] for c in done.output_columns] == ["campaign", "impressions"]
    listed = api.list_executions(workflow_id=name, **since_now())
    assert [e.workflow_execution_id for e in listed] == [started.workflow_execution_id]
    (url,) = api.get_download_urls(started.workflow_execution_id).download_urls
    file = api.download(url, tmp_path / "part.csv")
    lines = file.path.read_text().splitlines()
    assert lines[0].replace('"', "") == "campaign,impressions"
    assert len(lines) > 1
    api.delete_workflow(name)
    with pytest.raises(RemoteMissingError):
        api.get_workflow(name)


def test_a_workflow_of_the_same_id_is_a_conflict(lite: Kit) -> None:
    name = saved(lite, "amcm-conflict")
    with pytest.raises(RemoteConflictError):
        lite.instance().create_workflow(name, SQL)
    lite.instance().update_workflow(name, SQL + " ")
    lite.instance().delete_workflow(name)


def test_sql_that_does_not_compile_comes_back_with_amazons_words(lite: Kit) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        lite.instance().create_workflow("amcm-bad", "SELECT nothing FROM no_such_table")
    assert "no_such_table" in caught.value.body


def test_a_run_is_cancelled_and_what_has_ended_cannot_be(amc: LocalAmc, lite: Kit) -> None:
    name = saved(lite, "amcm-cancel")
    amc.fault("stuck_running", instance=INSTANCE)
    started = run(lite, name)
    lite.instance().cancel_execution(started.workflow_execution_id)
    assert ended(lite, started).status == "CANCELLED"
    with pytest.raises(InvalidRequestError):
        lite.instance().get_download_urls(started.workflow_execution_id)
    amc.ask("DELETE", "/faults")
    done = ended(lite, run(lite, name))
    assert done.status == "SUCCEEDED"
    with pytest.raises(InvalidRequestError):
        lite.instance().cancel_execution(done.workflow_execution_id)
    lite.instance().delete_workflow(name)


# Faults


def accepted(amc: LocalAmc, name: str) -> int:
    return sum(line["workflow_id"] == name for line in amc.log("executions"))


@pytest.mark.parametrize(
    ("fault", "more", "error", "runs"),
    [
        ("lost_answer", {"seconds": 0}, TransportError, 1),
        ("timeout_before", {"seconds": 0}, TransportError, 0),
        ("server_error", {"status": 500}, ServerError, None),
        ("gateway_timeout", {}, ServerError, None),
        ("html", {}, ServerError, None),
        ("not_json", {}, UnreadableAnswerError, None),
    ],
)
def test_a_create_with_an_unclear_answer_is_never_sent_twice(
    amc: LocalAmc, lite: Kit, fault: str, more: dict[str, int], error: type[Exception], runs: int
) -> None:
    name = saved(lite, f"amcm-{fault}")
    amc.fault(fault, count=1, route="POST */workflowExecutions", **more)
    with pytest.raises(error) as caught:
        run(lite, name)
    amc.ask("DELETE", "/faults")
    if isinstance(caught.value, TransportError):
        assert caught.value.sent
    found = lite.instance().list_executions(workflow_id=name, **since_now())
    assert len(found) == accepted(amc, name) <= 1
    if runs is not None:
        assert len(found) == runs
    lite.instance().delete_workflow(name)


def test_a_throttled_create_is_sent_again_and_runs_once(amc: LocalAmc, lite: Kit) -> None:
    name = saved(lite, "amcm-throttle")
    amc.fault("throttle", count=2, route="POST */workflowExecutions", retry_after_s=1)
    run(lite, name)
    assert accepted(amc, name) == 1


@pytest.mark.parametrize("fault", ["throttle", "server_error", "gateway_timeout", "html"])
def test_reading_goes_on_after_a_passing_fault(amc: LocalAmc, lite: Kit, fault: str) -> None:
    amc.fault(fault, count=1, route="GET */workflows*")
    assert lite.instance().list_workflows() is not None


def test_a_throttling_that_lasts_is_said_within_the_patience(amc: LocalAmc, lite: Kit) -> None:
    amc.fault("throttle", retry_after_s=300)
    with pytest.raises(RateLimitedError) as caught:
        lite.instance().list_workflows()
    assert caught.value.retry_after_s == 300


def test_a_page_that_fails_in_the_middle_gives_no_part_of_the_list(
    amc: LocalAmc, lite: Kit
) -> None:
    amc.fault("server_error", skip=2, route="GET */amc/instances*")
    with pytest.raises(ServerError):
        lite.account_api(*lite.account).list_instances(page_size=10)


def test_terms_that_are_not_accepted_are_named(amc: LocalAmc, lite: Kit) -> None:
    amc.fault("terms_not_accepted", instance=INSTANCE)
    with pytest.raises(ForbiddenError, match=r"[Tt]erms") as caught:
        lite.instance().list_workflows()
    assert "accept" in caught.value.hint


@pytest.mark.parametrize(
    ("fault", "more", "error"),
    [
        ("torn_download", {}, TransportError),
        ("link_expired", {}, ForbiddenError),
        ("gzip", {}, None),
        ("several_parts", {"parts": 3}, None),
        ("empty_result", {}, None),
    ],
)
def test_results_arrive_whole_or_not_at_all(
    amc: LocalAmc,
    lite: Kit,
    tmp_path: Path,
    fault: str,
    more: dict[str, int],
    error: type[Exception] | None,
) -> None:
    name, api = saved(lite, f"amcm-{fault}"), lite.instance()
    amc.fault(fault, **more)
    done = ended(lite, run(lite, name))
    urls = api.get_download_urls(done.workflow_execution_id).download_urls
    folder = tmp_path / "parts"
    folder.mkdir()
    if error is not None:
        with pytest.raises(error):
            api.download(urls[0], folder / "0.csv")
        assert list(folder.iterdir()) == []
        amc.ask("DELETE", "/faults")
    files = [api.download(url, folder / f"{n}.csv") for n, url in enumerate(urls)]
    assert len(files) == more.get("parts", 1)
    assert all(f.gzipped == (fault == "gzip") and f.size_bytes > 0 for f in files)
    api.delete_workflow(name)


# Calls that pages do not need yet


def test_profiles_are_narrowed_and_asked_one_by_one(lite: Kit) -> None:
    everything = lite.discovery().list_profiles()
    kinds = {p.account_info.type for p in everything}
    for kind in kinds:
        found = lite.discovery().list_profiles(profile_types=[kind], access="view")
        assert {p.account_info.type for p in found} == {kind}
    first = everything[0]
    assert lite.discovery().get_profile(first.profile_id).to_dict() == first.to_dict()
    paying = lite.discovery().list_profiles(with_valid_payment=True)
    other = lite.discovery().list_profiles(with_valid_payment=False)
    assert {p.profile_id for p in paying + other} == {p.profile_id for p in everything}


def test_administration_beyond_names(lite: Kit) -> None:
    account = lite.account_api(*lite.account)
    changed = account.update_instance(INSTANCE, s3_bucket_name="amc-elsewhere")
    assert changed.s3_bucket_name == "amc-elsewhere"
    stack = account.update_aws_account(
        INSTANCE, aws_account_id="111122223333", bucket_name="amc-again"
    )
    assert stack.cfn_bucket_url.startswith("https://console.aws.amazon.com/")
    assert account.get_instance(INSTANCE).aws_account_id == "111122223333"
    with pytest.raises(RemoteMissingError, match="no collaboration"):
        account.get_collaboration(INSTANCE)
    known = account.list_advertisers(INSTANCE)[0]
    asked = account.update_advertisers(
        INSTANCE,
        add=[{"id": known.id, "type": known.type, "marketplaceId": known.marketplace_id or ""}],
    )
    listed = {u.update_id: u for u in account.list_advertiser_updates(INSTANCE, page_size=1)}
    assert asked.update_id in listed
    assert account.get_advertiser_update(INSTANCE, asked.update_id).update_id == asked.update_id


def test_look_ups_of_every_kind(lite: Kit) -> None:
    vendor = next(
        p for p in lite.discovery().list_profiles() if p.account_info.type in ("vendor", "seller")
    )
    profile = ProfileApi(lite.caller(), vendor.profile_id)
    by_kind = {
        "SP": profile.list_sp_campaigns(),
        "SB": profile.list_sb_campaigns(),
        "SD": profile.list_sd_campaigns(),
        "ST": profile.list_st_campaigns(),
    }
    assert by_kind["SP"]
    one = by_kind["SP"][0]
    named = profile.list_sp_campaigns(name=one.name)
    assert one.campaign_id in {c.campaign_id for c in named}
    if by_kind["SD"]:
        wanted = by_kind["SD"][0]
        found = profile.list_sd_campaigns(campaign_ids=[wanted.campaign_id])
        assert [c.campaign_id for c in found] == [wanted.campaign_id]
    product = profile.search_products("e", most=1)[0]
    assert profile.list_products([product.asin])[0].title == product.title
    assert product.asin in {p.asin for p in profile.search_products(product.title)}


@pytest.mark.parametrize(
    "place",
    ["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:1/x", "file:///etc/hosts"],
)
def test_a_result_that_is_said_to_lie_elsewhere_is_not_fetched(
    amc: LocalAmc, lite: Kit, tmp_path: Path, place: str
) -> None:
    done = ended(lite, run(lite, saved(lite, f"elsewhere-{len(place)}")))
    amc.fault("foreign_link", url=place, count=1)
    [link] = lite.instance().get_download_urls(done.workflow_execution_id).download_urls
    assert link == place
    with pytest.raises(ResultFormatError):
        lite.instance().download(link, tmp_path / "part.csv")
    assert not (tmp_path / "part.csv").exists()
    # Asked again, Amazon names the right place.
    [link] = lite.instance().get_download_urls(done.workflow_execution_id).download_urls
    lite.instance().download(link, tmp_path / "part.csv")
    assert (tmp_path / "part.csv").read_text().startswith("campaign,impressions")
