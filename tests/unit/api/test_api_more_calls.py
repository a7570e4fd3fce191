"""Calls beyond the recorded examples: what is sent, what comes back, and what is odd about it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import responses

from amc import errors
from amc.api.products import MOST_ASINS
from tests.unit.api.test_api_fixtures import compare, serve

FOLDER = Path(__file__).parents[2] / "fixtures" / "api_more"
API = "https://advertising-api.amazon.com"
CALLS: dict[str, tuple[Callable[[SimpleNamespace], Any], Callable[[Any], Any], Any]] = {
    "profiles_list_filtered": (
        lambda k: k.discovery().list_profiles(
            profile_types=["vendor"], program="campaign", access="edit", with_valid_payment=True
        ),
        lambda found: [(p.profile_id, p.account_info.id) for p in found],
        [("1111111111111", "ENTITY9EXAMPLE0009")],
    ),
    "profile_get": (
        lambda k: k.discovery().get_profile("1111111111111"),
        lambda found: (found.country_code, found.account_info.type),
        ("US", "vendor"),
    ),
    "instance_update_bucket": (
        lambda k: k.account().update_instance(
            "amcexample1", aws_account_id="111122223333", s3_bucket_name="amc-other"
        ),
        lambda found: found.s3_bucket_name,
        "amc-other",
    ),
    "instance_update_aws_account": (
        lambda k: k.account().update_aws_account(
            "amcexample1", aws_account_id="111122223333", bucket_name="amc-other"
        ),
        lambda found: found.cfn_bucket_url.partition("?")[2],
        "stackName=amc-amcexample1",
    ),
    "instance_collaboration": (
        lambda k: k.account().get_collaboration("amcexample1"),
        lambda found: (found.id, found.name, found.description),
        ("c-1", "Example collaboration", None),
    ),
    "instance_advertiser_updates_list": (
        lambda k: k.account().list_advertiser_updates("amcexample1", page_size=100),
        lambda found: [(u.update_id, u.status) for u in found],
        [("7", "COMPLETED"), ("8", "PENDING")],
    ),
    "instance_advertiser_update_get": (
        lambda k: k.account().get_advertiser_update("amcexample1", "7"),
        lambda found: (found.update_id, len(found.advertisers_to_add)),
        ("7", 1),
    ),
    "st_campaigns_list": (
        lambda k: k.profile().list_st_campaigns(),
        lambda found: [(c.campaign_id, c.name) for c in found],
        [("423456789012345678", "TV autumn")],
    ),
    "sp_campaigns_list_named": (
        lambda k: k.profile().list_sp_campaigns(name="autumn", states=["PAUSED"]),
        lambda found: [c.name for c in found],
        ["Autumn sale"],
    ),
    "sd_campaigns_list_chosen": (
        lambda k: k.profile().list_sd_campaigns(
            campaign_ids=["323456789012345", "323456789012346"], name="Retargeting"
        ),
        lambda found: [c.campaign_id for c in found],
        ["323456789012345"],
    ),
    "product_search": (
        lambda k: k.profile().search_products(" kettle "),
        lambda found: [(p.asin, p.title) for p in found],
        [("B0EXAMPLE1", "Example kettle")],
    ),
}


def test_every_example_is_asked() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CALLS)


@pytest.mark.parametrize("name", sorted(CALLS))
@responses.activate
def test_the_request_is_exact_and_the_answer_is_typed(name: str, kit: SimpleNamespace) -> None:
    recorded = json.loads((FOLDER / f"{name}.json").read_text())
    serve(recorded)
    call, seen, wanted = CALLS[name]
    assert seen(call(kit)) == wanted
    compare(responses.calls[0].request, recorded["request"])


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("strange", [{"brandNew": [1]}, {"1": None}], ids=["field", "odd name"])
@responses.activate
def test_unknown_fields_do_no_harm(
    name: str, strange: dict[str, Any], kit: SimpleNamespace
) -> None:
    recorded = json.loads((FOLDER / f"{name}.json").read_text())

    def with_more(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: with_more(inner) for key, inner in value.items()} | strange
        return [with_more(inner) for inner in value] if isinstance(value, list) else value

    recorded["response"]["body"] = with_more(recorded["response"]["body"])
    serve(recorded)
    call, seen, wanted = CALLS[name]
    assert seen(call(kit)) == wanted


@responses.activate
def test_a_search_follows_its_token_and_stops_where_nothing_new_comes(
    kit: SimpleNamespace,
) -> None:
    def answer(first: int, last: int, token: str) -> dict[str, Any]:
        found = [{"asin": f"B0{number:08d}"} for number in range(first, last)]
        return {"ProductMetadataList": found} | ({"cursorToken": token} if token else {})

    for page in (answer(0, 100, "one"), answer(100, 200, "two"), answer(100, 200, "two")):
        responses.post(f"{API}/product/metadata", json=page)
    assert len(kit.profile().search_products("x", most=1000)) == 200
    asked = [json.loads(call.request.body) for call in responses.calls]
    assert [(a["pageIndex"], a.get("cursorToken")) for a in asked] == [
        (0, None),
        (1, "one"),
        (2, "two"),
    ]


@responses.activate
def test_a_search_ends_with_its_most(kit: SimpleNamespace) -> None:
    found = [{"asin": f"B0{number:08d}"} for number in range(100)]
    responses.post(
        f"{API}/product/metadata", json={"ProductMetadataList": found, "cursorToken": "more"}
    )
    assert len(kit.profile().search_products("x", most=30)) == 30
    assert len(responses.calls) == 1


@responses.activate
def test_nothing_is_sent_for_what_cannot_be_asked(kit: SimpleNamespace) -> None:
    with pytest.raises(errors.UsageError, match="nothing to look for"):
        kit.profile().search_products("  ")
    with pytest.raises(errors.UsageError, match="no ASIN"):
        kit.profile().list_products(["B0", "B0EXAMPLE1"])
    with pytest.raises(errors.UsageError, match="is to be changed"):
        kit.account().update_instance("amcexample1")
    with pytest.raises(errors.UsageError, match="id of this installation"):
        kit.discovery().get_profile("cn_0123456789abcdef")
    with pytest.raises(errors.UsageError):
        kit.account().get_collaboration("")
    assert len(responses.calls) == 0


@responses.activate
def test_more_asins_than_one_call_takes_are_asked_in_groups(kit: SimpleNamespace) -> None:
    responses.post(f"{API}/product/metadata", json={"ProductMetadataList": []})
    wanted = [f"B0{number:08d}" for number in range(MOST_ASINS + 1)]
    assert kit.profile().list_products([*wanted, wanted[0]]) == []
    assert [len(json.loads(c.request.body)["asins"]) for c in responses.calls] == [MOST_ASINS, 1]


@responses.activate
def test_an_instance_without_a_collaboration_says_so(kit: SimpleNamespace) -> None:
    responses.get(
        f"{API}/amc/instances/amcexample1/collaboration",
        status=404,
        json={"code": "404", "details": "Instance amcexample1 has no collaboration."},
    )
    with pytest.raises(errors.RemoteMissingError, match="no collaboration"):
        kit.account().get_collaboration("amcexample1")


@responses.activate
def test_a_signed_address_in_amazons_reason_is_not_kept(kit: SimpleNamespace) -> None:
    reason = (
        "cannot write https://b.s3.amazonaws.com/f.csv?X-Amz-Expires=9&X-Amz-Signature=abcdef12"
    )
    responses.get(
        f"{API}/amc/reporting/amcexample1/workflowExecutions/e-1",
        json={"workflowExecutionId": "e-1", "status": "FAILED", "statusReason": reason},
    )
    found = kit.instance().get_execution("e-1")
    assert found.status_reason == "cannot write https://b.s3.amazonaws.com/f.csv?***"
    assert "abcdef12" not in str(found.to_dict())
