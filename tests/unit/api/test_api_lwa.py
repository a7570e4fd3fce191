"""Login with Amazon: what is asked, what its refusals become."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from amc import errors
from amc.api.lwa import challenge_of

TOKEN = "https://api.amazon.com/auth/o2/token"
PROFILE = "https://api.amazon.com/user/profile"


def exchange(kit: SimpleNamespace, **more: str) -> Any:
    return kit.login.exchange_code(
        "NA", **({"code": "C", "redirect_uri": "https://app.example.com/cb"} | more)
    )


@pytest.mark.parametrize(
    ("region", "page"),
    [
        ("NA", "https://www.amazon.com/ap/oa"),
        ("EU", "https://eu.account.amazon.com/ap/oa"),
        ("FE", "https://apac.account.amazon.com/ap/oa"),
    ],
)
def test_the_consent_address_is_that_of_the_region_with_state_and_challenge(
    kit: SimpleNamespace, region: str, page: str
) -> None:
    url = kit.login.authorize_url(
        region, redirect_uri="https://app.example.com/cb?x=1", state="s&t", verifier="v" * 43
    )
    assert url.startswith(page + "?")
    query = {k: v for k, (v,) in parse_qs(urlsplit(url).query).items()}
    assert query == {
        "client_id": kit.settings.client_id,
        "scope": "advertising::campaign_management profile",
        "response_type": "code",
        "redirect_uri": "https://app.example.com/cb?x=1",
        "state": "s&t",
        "code_challenge": challenge_of("v" * 43),
        "code_challenge_method": "S256",
    }


def test_an_unknown_region_is_refused(kit: SimpleNamespace) -> None:
    with pytest.raises(errors.UsageError, match="NA, EU, FE"):
        kit.login.authorize_url("US", redirect_uri="https://x", state="s")


@responses.activate
def test_the_verifier_travels_with_the_code_and_secrets_only_in_the_body(
    kit: SimpleNamespace,
) -> None:
    responses.post(TOKEN, json={"access_token": "Atza|1", "refresh_token": "Atzr|1"})
    found = exchange(kit, verifier="v" * 43)
    assert found.expires_in == 3600
    sent = responses.calls[0].request
    assert b"code_verifier=" + b"v" * 43 in sent.body
    assert sent.url == TOKEN
    assert "Atza|1" not in repr(found) + str(found)


REFUSALS = [
    (400, {"error": "invalid_grant"}, errors.GrantRevokedError),
    (400, {"error": "INVALID_GRANT"}, errors.GrantRevokedError),
    (401, {"error": "invalid_client"}, errors.ClientRejectedError),
    (400, {"error": "unauthorized_client"}, errors.ClientRejectedError),
    (400, {"error": "invalid_request"}, errors.LoginError),
    (400, {"error": "unsupported_grant_type"}, errors.LoginError),
    (403, {}, errors.LoginError),
    (400, {"error": "server_error"}, errors.ServerError),
    (400, {"error": "temporarily_unavailable"}, errors.ServerError),
    (500, {"error": "ServerError"}, errors.ServerError),
    (503, "<html>", errors.ServerError),
    (429, {}, errors.RateLimitedError),
    (200, "<html>", errors.UnreadableAnswerError),
    (200, {}, errors.UnreadableAnswerError),
    (200, {"access_token": 5}, errors.UnreadableAnswerError),
    (200, [], errors.UnreadableAnswerError),
    (302, "", errors.UnreadableAnswerError),
]


@responses.activate
@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
def test_every_refusal_has_its_type(
    kit: SimpleNamespace, status: int, body: Any, kind: type[errors.AmcError]
) -> None:
    text = {"body": body} if isinstance(body, str) else {"json": body}
    responses.post(TOKEN, status=status, **text)
    with pytest.raises(errors.AmcError) as caught:
        kit.login.refresh("NA", refresh_token="Atzr|1")
    assert type(caught.value) is kind
    assert "EXAMPLE-SECRET" not in str(caught.value)


@responses.activate
def test_a_code_that_is_used_or_old_asks_to_start_again(kit: SimpleNamespace) -> None:
    responses.post(
        TOKEN, status=400, json={"error": "invalid_grant", "error_description": "code was used"}
    )
    with pytest.raises(errors.LoginError, match="code was used") as caught:
        exchange(kit)
    assert not isinstance(caught.value, errors.GrantRevokedError)
    assert "start the connection again" in caught.value.hint


@responses.activate
@pytest.mark.parametrize(
    ("life", "seconds"),
    [(60, 60), ("120", 120), (None, 3600), ("x", 3600), (-5, 0), (1e99, 2592000)],
)
def test_the_life_of_a_token_is_read_tolerantly(
    kit: SimpleNamespace, life: Any, seconds: int
) -> None:
    responses.post(
        TOKEN, json={"access_token": "Atza|1", "refresh_token": "Atzr|1", "expires_in": life}
    )
    assert kit.login.refresh("NA", refresh_token="Atzr|0").expires_in == seconds


@responses.activate
def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(kit: SimpleNamespace) -> None:
    responses.post(TOKEN, json={"access_token": "Atza|1"})
    assert kit.login.refresh("NA", refresh_token="Atzr|0").refresh_token == "Atzr|0"


def test_a_refresh_needs_a_refresh_token(kit: SimpleNamespace) -> None:
    with pytest.raises(errors.UsageError):
        kit.login.refresh("NA", refresh_token="")


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (200, {"user_id": "u", "name": "Ada", "email": "a@b.c"}, "Ada"),
        (200, {"user_id": "u", "email": "a@b.c"}, "a@b.c"),
        (200, {"user_id": "u"}, ""),
        (401, {"error": "insufficient_scope"}, ""),
        (500, {}, ""),
    ],
)
def test_who_gave_consent_is_told_if_amazon_tells(
    kit: SimpleNamespace, status: int, body: dict[str, str], name: str
) -> None:
    responses.get(PROFILE, status=status, json=body)
    assert kit.login.profile_name("NA", "Atza|1") == name


@responses.activate
def test_consent_that_comes_by_itself_is_followed_and_a_page_is_not(
    kit: SimpleNamespace,
) -> None:
    page = "https://api.amazon.com/ap/oa?state=s"
    responses.get(page, status=302, headers={"Location": "https://app/cb?code=C&state=s&scope=a+b"})
    responses.get(page, status=200, body="<html>Allow?</html>")
    assert kit.login.follow_consent(page) == {"code": "C", "state": "s", "scope": "a b"}
    with pytest.raises(errors.LoginError, match="asks a person"):
        kit.login.follow_consent(page)
    with pytest.raises(errors.SettingsError):
        kit.login.follow_consent("https://evil.example/ap/oa")
    assert len(responses.calls) == 2
