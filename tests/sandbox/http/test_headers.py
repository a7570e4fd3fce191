"""The header rules, the error shapes, and what every answer carries."""

import re

import pytest

from tests.sandbox.site import Site


def drop(headers: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


ENTITY = "Amazon-Advertising-API-AdvertiserId"
MARKET = "Amazon-Advertising-API-MarketplaceId"
CLIENT = "Amazon-Advertising-API-ClientId"


def test_a_missing_entity_is_400_even_when_it_is_in_the_query(site: Site) -> None:
    headers = drop(site.account_headers(), ENTITY)
    for query in ("", f"?entityId={site.account.entity_id}"):
        answer = site.session.get(f"{site.url}/amc/instances{query}", headers=headers)
        assert answer.status_code == 400
        assert answer.json() == {"code": "400", "details": "entityId provided is null"}


@pytest.mark.parametrize(
    "change",
    [
        {ENTITY: "ENTITY8EXAMPLE0008"},
        {MARKET: "A1PA6795UKMFR9"},
        {ENTITY: "A1EXAMPLESELLER"},
    ],
)
def test_a_wrong_pair_is_unauthorized(site: Site, change: dict[str, str]) -> None:
    answer = site.call("GET", "/amc/instances", headers=change)
    assert answer.status_code == 403
    assert answer.json() == {"code": "403", "details": "Unauthorized request."}


def test_an_instance_of_another_account_is_unauthorized(site: Site) -> None:
    first, second = site.sandbox.directory.accounts()[:2]
    theirs = site.sandbox.instances.all(second)[0]["instanceId"]
    for path in (f"/amc/instances/{theirs}", f"/amc/reporting/{theirs}/workflows"):
        answer = site.call("GET", path)
        assert (answer.status_code, answer.json()["details"]) == (403, "Unauthorized request.")
    assert first.entity_id != second.entity_id


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer Atza|no"}, {CLIENT: "another"}, {"Authorization": "x"}]
)
@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/amc/instances", {"code", "details", "requestId"}),
        ("/amc/accounts", {"message", "requestId"}),
        ("/v2/profiles", {"code", "details", "requestId"}),
    ],
)
def test_a_bad_token_is_401_in_the_shape_of_the_path(
    site: Site, headers: dict[str, str], path: str, shape: set[str]
) -> None:
    answer = site.call("GET", path, headers=headers)
    assert answer.status_code == 401
    assert set(answer.json()) == shape
    assert "Authentication failed" in answer.json().values()


def test_a_token_without_the_ads_scope_is_refused(site: Site) -> None:
    token = site.grant("profile")["access_token"]
    answer = site.call("GET", "/amc/accounts", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


def test_a_person_sees_only_their_own_accounts(site: Site) -> None:
    for user in site.sandbox.directory.users():
        token = site.grant(user=user.user_id)["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        seen = site.call("GET", "/amc/accounts", headers=bearer).json()["amcAccounts"]
        expected = {a.entity_id for a in site.sandbox.directory.accounts()}
        if user.accounts is not None:
            expected &= user.accounts
        assert {item["accountId"] for item in seen} == expected
        listed = site.call("GET", "/amc/instances", headers=bearer)
        assert listed.status_code == (200 if site.account.entity_id in expected else 403)
        profiles = site.call("GET", "/v2/profiles", headers=bearer).json()
        ours = [
            profile
            for profile in site.sandbox.directory.profiles()
            if user.has_profiles and (not user.accounts or profile.entity_id in user.accounts)
        ]
        assert [item["profileId"] for item in profiles] == [item.profile_id for item in ours]


def test_every_answer_has_a_request_id_and_the_clocks_date(own_site: Site) -> None:
    own_site.local("PUT", "/clock", json={"now": "2026-02-03T04:05:06Z", "factor": 0})
    for path in ("/amc/accounts", "/amc/reporting/nope/workflows", "/v2/profiles", "/nowhere"):
        answer = own_site.call("GET", path)
        assert re.fullmatch("[A-Z0-9]{20}", answer.headers["x-amz-rid"])
        assert answer.headers["Date"] == "Tue, 03 Feb 2026 04:05:06 GMT"


def test_unknown_paths_answer_as_the_gateway_does(site: Site) -> None:
    answer = site.call("GET", "/amc/reports")
    assert answer.status_code == 403
    assert answer.json() == {"message": "Missing Authentication Token"}


def test_campaign_paths_need_a_profile_and_speak_in_words(site: Site) -> None:
    answer = site.session.post(f"{site.url}/sp/campaigns/list", headers=site.headers, json={})
    assert answer.status_code == 401
    assert answer.json() == {"code": "UNAUTHORIZED", "message": "Scope header is missing"}
    answer = site.session.post(
        f"{site.url}/sp/campaigns/list",
        headers=site.headers | {"Amazon-Advertising-API-Scope": "17"},
        json={},
    )
    assert answer.json() == {"code": "UNAUTHORIZED", "message": "Not authorized to access scope 17"}


def test_a_body_is_read_whatever_its_content_type(site: Site, tuned) -> None:
    text = '{"workflowId": "any type", "sqlQuery": "x"}'
    for kind in ("text/plain", "", "application/vnd.amcworkflows.v1+json", "application/xml"):
        answer = site.report("POST", "/workflows", data=text, headers={"Content-Type": kind})
        assert answer.status_code == 400, kind
        assert "workflowId" in answer.json()["details"]
    tuned(strict_media_types=True)
    answer = site.report("POST", "/workflows", data=text, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()) == (
        415,
        {"code": "415", "details": "Unsupported Media Type"},
    )


@pytest.mark.parametrize(
    "text",
    ['{"workflowId": ', "[" * 100_000, '{"workflowId": ' + "9" * 5000 + "}", b"\xff\xfe{}"],
    ids=["cut off", "deep", "long number", "not UTF-8"],
)
def test_broken_json_is_400(site: Site, text: str | bytes) -> None:
    answer = site.report("POST", "/workflows", data=text)
    assert (answer.status_code, answer.json()) == (
        400,
        {"code": "400", "details": "Request body is not valid JSON."},
    )


def test_the_hosts_of_other_regions_are_prefixes(site: Site) -> None:
    assert site.call("GET", "/eu/v2/profiles").json() == []
    assert len(site.call("GET", "/na/v2/profiles").json()) > 0
    assert site.call("GET", "/na/v2/profiles").json() == site.call("GET", "/v2/profiles").json()
