"""Login with Amazon: the consent page, both grants, every error, the profile."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from tests.sandbox.site import CLIENT, RETURN_TO, SCOPE, SECRET, Site

ASKED = {
    "client_id": CLIENT,
    "scope": SCOPE,
    "response_type": "code",
    "redirect_uri": RETURN_TO,
    "state": "a b&c",
}


def redirect(site: Site, **query: str) -> dict[str, str]:
    answer = site.session.get(f"{site.url}/ap/oa", params=ASKED | query, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(RETURN_TO + "?")
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def exchange(site: Site, code: str, **more: str) -> requests.Response:
    return site.token(
        grant_type="authorization_code", code=code, **({"redirect_uri": RETURN_TO} | more)
    )


def test_the_consent_page_asks_and_its_buttons_answer(site: Site) -> None:
    page = site.session.get(f"{site.url}/ap/oa", params=ASKED)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "See and manage advertising campaigns" in page.text
    for decision, expected in (("allow", "code"), ("deny", "error")):
        answer = site.session.post(
            f"{site.url}/ap/oa", params=ASKED, data={"decision": decision}, allow_redirects=False
        )
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert expected in query
        assert query["state"] == ["a b&c"]
    assert query["error"] == ["access_denied"]


def test_consent_can_be_automatic(site: Site, tuned) -> None:
    tuned(auto_consent=True)
    query = redirect(site)
    assert query["state"] == "a b&c"
    assert query["scope"] == SCOPE
    assert exchange(site, query["code"]).status_code == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"redirect_uri": "http://evil.example/"}, "lwa-invalid-parameter-bad-redirect-uri-vendor"),
        ({"redirect_uri": "https:///x"}, "lwa-invalid-parameter-bad-redirect-uri-vendor"),
        ({"redirect_uri": ""}, "lwa-invalid-parameter-bad-redirect-uri-vendor"),
        ({"redirect_uri": "http://["}, "lwa-invalid-parameter-bad-redirect-uri-vendor"),
        ({"scope": "nonsense"}, "lwa-invalid-parameter-bad-scope"),
        ({"scope": ""}, "lwa-invalid-parameter-bad-scope"),
        (
            {"response_type": "token"},
            "lwa-invalid-parameter-unauthorized-implicit-grant-request",
        ),
        ({"client_id": "amzn1.application-oa2-client.who"}, "unknown-client-id"),
    ],
)
def test_a_bad_link_shows_the_error_page_and_never_redirects(
    site: Site, change: dict[str, str], message: str
) -> None:
    answer = site.session.get(
        f"{site.url}/ap/oa",
        params=ASKED | change | {"local_consent": "allow"},
        allow_redirects=False,
    )
    assert answer.status_code == 400
    assert message in answer.text
    assert "Location" not in answer.headers


def test_a_client_with_return_addresses_gets_no_other(site: Site) -> None:
    site.local(
        "POST",
        "/clients",
        json={"client_id": "c2", "secret": "s", "redirects": ["https://app.example.com/cb"]},
    )
    base = {"client_id": "c2", "local_consent": "deny"}
    good = site.session.get(
        f"{site.url}/ap/oa",
        params=ASKED | base | {"redirect_uri": "https://app.example.com/cb"},
        allow_redirects=False,
    )
    assert good.status_code == 302
    bad = site.session.get(f"{site.url}/ap/oa", params=ASKED | base, allow_redirects=False)
    assert bad.status_code == 400


def test_a_code_works_once_for_its_address_and_client(site: Site) -> None:
    code = redirect(site, local_consent="allow")["code"]
    other = exchange(site, code, redirect_uri="https://amazon.com")
    assert other.json()["error"] == "invalid_request"
    assert exchange(site, code).status_code == 200
    again = exchange(site, code)
    assert again.status_code == 400
    assert again.json()["error_description"] == "The request has an invalid parameter : code"


def test_a_code_dies_after_five_minutes(own_site: Site) -> None:
    code = redirect(own_site, local_consent="allow")["code"]
    own_site.local("PUT", "/clock", json={"advance_s": 301})
    assert exchange(own_site, code).json()["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["S256", "plain"])
def test_pkce_is_verified(site: Site, method: str) -> None:
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    hashed = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    challenge = hashed if method == "S256" else verifier
    code = redirect(
        site, local_consent="allow", code_challenge=challenge, code_challenge_method=method
    )["code"]
    assert exchange(site, code).status_code == 400
    assert exchange(site, code, code_verifier="w" * 50).json()["error"] == "invalid_grant"
    assert exchange(site, code, code_verifier=verifier).status_code == 200


def test_the_token_call_takes_json_without_a_content_type(site: Site) -> None:
    refresh = site.grant()["refresh_token"]
    body = json.dumps(
        {
            "grant_type": "refresh_token",
            "refresh_token": refresh,
            "client_id": CLIENT,
            "client_secret": SECRET,
        }
    )
    answer = site.session.post(f"{site.url}/auth/o2/token", data=body)
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] == refresh
    assert answer.json()["expires_in"] == 3600


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "redirect_uri": "x"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_request"),
        (
            {"grant_type": "authorization_code", "code": "x", "redirect_uri": "y"},
            400,
            "invalid_grant",
        ),
        ({"grant_type": "refresh_token", "refresh_token": "Atzr|no"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_secret": "no"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "no"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "client_secret": ""}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
    ],
)
def test_every_error_of_the_token_call(
    site: Site, form: dict[str, str], status: int, error: str
) -> None:
    answer = site.token(**form)
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_a_refresh_token_is_bound_to_its_client(site: Site) -> None:
    site.local("POST", "/clients", json={"client_id": "c3", "secret": "s3"})
    refresh = site.grant()["refresh_token"]
    answer = site.token(
        grant_type="refresh_token", refresh_token=refresh, client_id="c3", client_secret="s3"
    )
    assert answer.json()["error"] == "invalid_grant"


def test_an_access_token_ends_after_an_hour_of_the_clock(own_site: Site) -> None:
    own_site.local("PUT", "/clock", json={"freeze": True})
    assert own_site.session.get(f"{own_site.url}/v2/profiles", headers=own_site.headers).ok
    own_site.local("PUT", "/clock", json={"advance_s": 3599})
    url = f"{own_site.url}/v2/profiles"
    assert own_site.session.get(url, headers=own_site.headers).status_code == 200
    own_site.local("PUT", "/clock", json={"advance_s": 1})
    answer = own_site.session.get(url, headers=own_site.headers)
    assert answer.status_code == 401
    assert answer.json()["details"] == "Authentication failed"
    fresh = own_site.token(
        grant_type="refresh_token", refresh_token=own_site.tokens["refresh_token"]
    )
    own_site.tokens = fresh.json()
    assert own_site.session.get(url, headers=own_site.headers).status_code == 200


def test_revoking_ends_the_refresh_token_and_its_access_tokens(own_site: Site) -> None:
    headers, refresh = own_site.headers, own_site.tokens["refresh_token"]
    assert own_site.local("POST", "/tokens/revoke")["revoked"] == 1
    assert own_site.session.get(f"{own_site.url}/v2/profiles", headers=headers).status_code == 401
    answer = own_site.token(grant_type="refresh_token", refresh_token=refresh)
    assert "User may have revoked" in answer.json()["error_description"]


def test_the_profile_needs_its_scope(site: Site) -> None:
    url = f"{site.url}/user/profile"
    good = site.grant("profile postal_code")["access_token"]
    body = site.session.get(url, headers={"Authorization": f"Bearer {good}"}).json()
    assert set(body) == {"user_id", "name", "email", "postal_code"}
    assert site.session.get(url, headers={"x-amz-access-token": good}).json() == body
    assert site.session.get(url, params={"access_token": good}).json() == body
    bare = site.grant("advertising::campaign_management")["access_token"]
    refused = site.session.get(url, headers={"Authorization": f"Bearer {bare}"})
    assert (refused.status_code, refused.json()["error"]) == (401, "insufficient_scope")


def test_token_calls_are_logged_without_the_token(own_site: Site) -> None:
    refresh = own_site.grant()["refresh_token"]
    own_site.token(grant_type="refresh_token", refresh_token=refresh)
    own_site.token(grant_type="refresh_token", refresh_token="Atzr|wrong")
    lines = own_site.local("GET", "/log/tokens")["tokens"]
    assert [(line["grant_type"], line["status"]) for line in lines] == [
        ("authorization_code", 200),
        ("refresh_token", 200),
        ("refresh_token", 400),
    ]
    assert refresh not in json.dumps(lines)
    assert own_site.local("GET", "/log/totals")["token_refreshes"] == 1
