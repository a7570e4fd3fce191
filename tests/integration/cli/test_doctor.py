"""`doctor` tells broken set-ups apart, each with the one thing to do."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from amc.cli.doctor import Check, examine
from amc.clock import SystemClock
from amc.container import build_services
from amc.db.models import Connection, Instance
from amc.settings import Settings
from tests.integration.api.kit import LocalAmc


@pytest.fixture(scope="module")
def running_amc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAmc]:
    with LocalAmc(tmp_path_factory.mktemp("local-amc")) as amc:
        yield amc


@pytest.fixture(scope="module")
def connected(running_amc: LocalAmc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A connected installation, to be copied; its refresh token is `Atzr|DOCTOR`."""
    folder = tmp_path_factory.mktemp("connected") / "data"
    running_amc.ask("POST", "/tokens", json={"refresh_token": "Atzr|DOCTOR"})
    services = build_services(Settings(_env_file=None, api_url=running_amc.url, data_dir=folder))
    services.connections.add_refresh_token("t", "Atzr|DOCTOR", label="Agency")
    services.close()
    return folder


@pytest.fixture
def amc(
    running_amc: LocalAmc, connected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalAmc]:
    shutil.copytree(connected, tmp_path / "data")
    monkeypatch.setenv("AMC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("AMC_API_URL", running_amc.url)
    monkeypatch.chdir(tmp_path)
    yield running_amc
    running_amc.ask("DELETE", "/faults")
    running_amc.ask("PUT", "/clock", json={"now": SystemClock().now().isoformat()})
    running_amc.ask("POST", "/tokens", json={"refresh_token": "Atzr|DOCTOR"})


def checks() -> dict[str, Check]:
    return {check.name: check for check in examine()}


def services_here() -> Settings:
    return Settings(_env_file=None)


def expire() -> None:
    """Make the next call need a new access token."""
    built = build_services(services_here())
    with built.database.write() as session:
        for row in session.query(Connection):
            row.access_expires_at = SystemClock().now() - timedelta(seconds=1)
    built.close()


def test_a_healthy_installation_has_nothing_broken(amc: LocalAmc) -> None:
    found = checks()
    assert not [c for c in found.values() if c.verdict == "broken"]
    assert found["connection Agency"].verdict == "fine"
    assert found["instances"].message == "58 known"


def test_a_missing_and_a_wrong_key_are_told_apart(amc: LocalAmc, tmp_path: Path) -> None:
    key = tmp_path / "data" / "keys" / "fernet.key"
    key.unlink()
    assert "is missing" in checks()["encryption key"].message
    key.write_bytes(b"A" * 43 + b"=")
    key.chmod(0o644)
    assert "can be read by others" in checks()["encryption key"].message
    key.chmod(0o600)
    found = checks()
    assert "is not the one" in found["encryption key"].message
    assert "connection Agency" not in found, "it would only say the same again"


def test_client_and_secret(amc: LocalAmc, monkeypatch: pytest.MonkeyPatch) -> None:
    expire()
    monkeypatch.setenv("AMAZON_CLIENT_ID", "amzn1.application-oa2-client.local")
    monkeypatch.setenv("AMAZON_CLIENT_SECRET", "wrong")
    found = checks()["connection Agency"]
    assert (found.verdict, "client id or secret" in found.message) == ("broken", True)
    assert "AMAZON_CLIENT_SECRET" in found.hint
    monkeypatch.setenv("AMAZON_CLIENT_ID", "amzn1.other")
    found = checks()["connection Agency"]
    assert "given to another client" in found.message
    monkeypatch.setenv("AMC_API_URL", "https://advertising-api.amazon.com")
    monkeypatch.delenv("AMAZON_CLIENT_ID")
    monkeypatch.delenv("AMAZON_CLIENT_SECRET")
    assert "AMAZON_CLIENT_ID is not set" in checks()["client"].message


def test_a_revoked_login(amc: LocalAmc) -> None:
    expire()
    amc.ask("POST", "/tokens/revoke", params={"refresh_token": "Atzr|DOCTOR"})
    found = checks()
    assert "does not accept this login any more" in found["connection Agency"].message
    assert "Reconnect" in found["connection Agency"].hint
    assert [c.verdict for n, c in found.items() if n.startswith("account ")] == ["broken"] * 2


def test_terms_and_a_host_that_is_away(amc: LocalAmc, monkeypatch: pytest.MonkeyPatch) -> None:
    amc.fault("terms_not_accepted")
    found = checks()["connection Agency"]
    assert "Terms and conditions" in found.message
    monkeypatch.setenv("AMC_API_URL", "http://127.0.0.1:9")
    found = checks()["connection Agency"]
    assert found.verdict == "warning"
    assert "nobody listens there" in found.message


def test_a_clock_that_is_off(amc: LocalAmc) -> None:
    amc.ask("PUT", "/clock", json={"advance_s": 600})
    found = checks()["clock"]
    assert found.message == "This machine's clock is 10 minutes behind Amazon's."


def test_a_login_without_amc_and_no_instances(amc: LocalAmc) -> None:
    token = amc.ask("POST", "/tokens", json={"user_id": "amzn1.account.LOCALUSERNOAMC"})
    built = build_services(services_here())
    with built.database.write() as session:
        for row in session.query(Instance):
            row.gone_at = SystemClock().now()
    built.connections.add_refresh_token("t", token["refresh_token"], label="No AMC", look=False)
    built.close()
    found = checks()
    assert "has no AMC account" in found["connection No AMC"].message
    assert found["instances"].message == "No instance is known."


def test_a_consent_that_ends(amc: LocalAmc) -> None:
    built = build_services(services_here())
    with built.database.write() as session:
        session.get_one(Connection, 1).consented_at = SystemClock().now() - timedelta(days=350)
    built.close()
    found = checks()["consent"]
    assert found.verdict == "warning"
    assert "ends in 1" in found.message


def test_a_database_that_is_away(amc: LocalAmc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pw-secret@127.0.0.1:9/x")
    found = checks()["database"]
    assert found.verdict == "broken"
    assert "pw-secret" not in found.message
    assert "AMC_API_URL" in os.environ
