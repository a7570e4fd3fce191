"""Login with Amazon against the local AMC over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from amc.api.lwa import new_verifier
from amc.errors import (
    ClientRejectedError,
    GrantRevokedError,
    LoginError,
    ServerError,
    UnauthorizedError,
)
from tests.integration.api.kit import CONNECTION, Kit, LocalAmc
from tests.processes import Ready, together


def consent(kit: Kit, verifier: str) -> dict[str, str]:
    redirect = kit.settings.redirect_uri
    url = kit.login.authorize_url("NA", redirect_uri=redirect, state="st", verifier=verifier)
    return kit.login.follow_consent(url)


def exchange(kit: Kit, code: str, verifier: str) -> Any:
    return kit.login.exchange_code(
        "NA", code=code, redirect_uri=kit.settings.redirect_uri, verifier=verifier
    )


def test_a_code_is_exchanged_for_tokens_that_work(lite: Kit) -> None:
    verifier = new_verifier()
    back = consent(lite, verifier)
    assert back["state"] == "st"
    tokens = exchange(lite, back["code"], verifier)
    assert tokens.expires_in == 3600
    assert lite.login.profile_name("NA", tokens.access_token)
    again = lite.login.refresh("NA", refresh_token=tokens.refresh_token)
    assert again.access_token != tokens.access_token


def test_a_code_works_once_and_with_its_own_verifier_only(lite: Kit) -> None:
    verifier = new_verifier()
    code = consent(lite, verifier)["code"]
    with pytest.raises(LoginError):
        exchange(lite, code, new_verifier())
    fresh = consent(lite, verifier)["code"]
    exchange(lite, fresh, verifier)
    with pytest.raises(LoginError, match="does not take"):
        exchange(lite, fresh, verifier)


def test_denied_consent_comes_back_as_words(lite: Kit) -> None:
    url = lite.login.authorize_url("NA", redirect_uri=lite.settings.redirect_uri, state="st")
    back = lite.login.follow_consent(url + "&local_consent=deny")
    assert back["error"] == "access_denied"
    assert back["state"] == "st"


def test_a_page_that_asks_a_person_is_not_taken_for_consent(amc: LocalAmc, lite: Kit) -> None:
    amc.ask("PUT", "/options", json={"auto_consent": False})
    with pytest.raises(LoginError, match="asks a person"):
        consent(lite, new_verifier())


def test_a_wrong_secret_and_a_revoked_grant_are_told_apart(
    amc: LocalAmc, lite: Kit, tmp_path: Path
) -> None:
    wrong = Kit.open(
        amc.url,
        f"sqlite:///{tmp_path / 'amc.db'}",
        tmp_path,
        amazon_client_id=lite.settings.client_id,
        amazon_client_secret="wrong",
    )
    token = lite.store.load(CONNECTION).refresh_token
    with pytest.raises(ClientRejectedError):
        wrong.login.refresh("NA", refresh_token=token)
    wrong.close()
    amc.ask("POST", "/tokens/revoke", params={"refresh_token": token})
    with pytest.raises(GrantRevokedError):
        lite.login.refresh("NA", refresh_token=token)


def test_a_revoked_login_says_so_and_is_marked_for_a_person(amc: LocalAmc, kit: Kit) -> None:
    amc.ask(
        "POST",
        "/tokens/revoke",
        params={"refresh_token": kit.store.load(CONNECTION).refresh_token},
    )
    for _ in range(3):
        with pytest.raises(GrantRevokedError):
            kit.discovery().list_accounts()


def test_an_expired_access_token_costs_one_refresh(amc: LocalAmc, kit: Kit) -> None:
    amc.ask("POST", "/tokens/expire")
    before = len(amc.log("tokens"))
    for _ in range(3):
        assert kit.discovery().list_accounts()
    assert len(amc.log("tokens")) - before == 1


def test_a_token_that_amazon_refuses_for_ever_does_not_loop(amc: LocalAmc, lite: Kit) -> None:
    amc.fault("token_expired")
    before = len(amc.log("requests"))
    with pytest.raises(UnauthorizedError):
        lite.discovery().list_accounts()
    assert len(amc.log("requests")) - before <= 4


def test_a_token_endpoint_that_fails_once_is_asked_again(amc: LocalAmc, lite: Kit) -> None:
    amc.ask("POST", "/tokens/expire")
    amc.fault("token_server_error", count=1)
    assert lite.discovery().list_accounts()
    amc.ask("POST", "/tokens/expire")
    amc.fault("token_server_error")
    with pytest.raises(ServerError):
        lite.discovery().list_accounts()


def work(ready: Ready, url: str, database_url: str, folder: Path) -> int:
    kit = Kit.open(url, database_url, folder, rate_per_s=1000.0)
    try:
        ready()
        return len(kit.discovery().list_accounts())
    finally:
        kit.close()


def test_four_processes_with_an_expired_token_make_one_refresh(
    amc: LocalAmc, kit: Kit, database_url: str, tmp_path: Path
) -> None:
    amc.ask("POST", "/tokens/expire")
    kit.store.forget_access(CONNECTION, kit.store.load(CONNECTION).access_token or "")
    before = len(amc.log("tokens"))
    assert together(4, work, amc.url, database_url, tmp_path) == [2] * 4
    assert len(amc.log("tokens")) - before == 1
