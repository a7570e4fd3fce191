"""`doctor` tells broken set-ups apart, each with the one thing to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from amc.cli.doctor import Check, examine
from amc.clock import SystemClock
from amc.container import build_services
from amc.db.crypto import write_keys
from amc.db.models import Connection, Instance, Schedule
from amc.services.scheduling.jobs import JobStates
from amc.settings import Settings
from tests.integration.api.kit import LocalAmc

CLIENT = "amzn1.application-oa2-client.local"


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


def test_a_job_that_fails_and_a_schedule_that_was_set_aside(amc: LocalAmc) -> None:
    built = build_services(services_here())
    now = built.clock.now()
    states = JobStates(built.clock)
    states.failed("tick", RuntimeError("by a test"))
    built.health.beat("here", "scheduler", now, states.as_detail())
    with built.database.write() as session:
        session.add(
            Schedule(
                public_id="sc_0123456789abcdef", name="Reach", cron="0 8 * * 1", zone="UTC",
                window_rule="last-7-days", sql="SELECT 1", targets={}, accounted_until=now,
                created_by="t", created_at=now, updated_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.execute(text("UPDATE schedules SET targets = 'null'"))
    built.close()
    found = checks()
    assert found["job tick"].verdict == "broken"
    assert "The firing of schedules has failed since" in found["job tick"].message
    assert "RuntimeError: by a test" in found["job tick"].message
    assert found["scheduler"].message == "alive"
    assert "targets is missing" in found["schedule Reach"].message
    assert "schedules remove sc_0123456789abcdef" in found["schedule Reach"].hint


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


def test_a_backup_that_was_put_back(amc: LocalAmc) -> None:
    assert "backup put back" not in checks()
    built = build_services(services_here())
    built.restores.declare("t", SystemClock().now() - timedelta(days=1))
    built.close()
    found = checks()["backup put back"]
    assert found.verdict == "fine"
    assert "looked for in Amazon's list" in found.message


def test_a_database_that_is_gone_is_told_and_not_begun_anew(amc: LocalAmc, tmp_path: Path) -> None:
    built = build_services(services_here())
    built.restores.watch(at_start=True)
    built.close()
    file = tmp_path / "data" / "amc.db"
    file.unlink()
    found = checks()["database"]
    assert found.verdict == "broken"
    assert "db restore" in found.hint
    assert not file.exists()


# Every broken set-up of the list, told apart


def no_key(_amc: LocalAmc, data: Path, _patch: pytest.MonkeyPatch) -> None:
    (data / "keys" / "fernet.key").unlink()


def wrong_key(_amc: LocalAmc, data: Path, _patch: pytest.MonkeyPatch) -> None:
    write_keys(data / "keys" / "fernet.key", [Fernet.generate_key()])


def wrong_secret(_amc: LocalAmc, _data: Path, patch: pytest.MonkeyPatch) -> None:
    expire()
    patch.setenv("AMAZON_CLIENT_ID", CLIENT)
    patch.setenv("AMAZON_CLIENT_SECRET", "wrong")


def no_secret(amc: LocalAmc, _data: Path, patch: pytest.MonkeyPatch) -> None:
    # The local AMC's own client is known only on loopback.
    patch.setenv("AMC_API_URL", "https://advertising-api.amazon.com")
    patch.setenv("AMAZON_CLIENT_ID", CLIENT)


def other_client(_amc: LocalAmc, _data: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AMAZON_CLIENT_ID", "amzn1.other")
    patch.setenv("AMAZON_CLIENT_SECRET", "s")


def revoked(amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    expire()
    amc.ask("POST", "/tokens/revoke", params={"refresh_token": "Atzr|DOCTOR"})


def terms(amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    amc.fault("terms_not_accepted")


def skew(amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    amc.ask("PUT", "/clock", json={"advance_s": -600})


def no_database(_amc: LocalAmc, _data: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("DATABASE_URL", "postgresql://u:pw@127.0.0.1:9/x")


def no_host(_amc: LocalAmc, _data: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AMC_API_URL", "http://127.0.0.1:9")


def nobody(_amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    built = build_services(services_here())
    built.connections.remove("t", "Agency")
    built.close()


def without_amc(amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    token = amc.ask("POST", "/tokens", json={"user_id": "amzn1.account.LOCALUSERNOAMC"})
    built = build_services(services_here())
    again = built.connections.get("Agency").connection_id
    built.connections.add_refresh_token("t", token["refresh_token"], again=again, look=False)
    built.close()


def no_instances(_amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    built = build_services(services_here())
    with built.database.write() as session:
        for row in session.query(Instance):
            row.gone_at = SystemClock().now()
    built.close()


def lost_access(_amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    built = build_services(services_here())
    with built.database.write() as session:
        row = session.query(Instance).first()
        assert row is not None
        row.access, row.access_reason = "lost", "Unauthorized request."
    built.close()


def ends_soon(_amc: LocalAmc, _data: Path, _patch: pytest.MonkeyPatch) -> None:
    built = build_services(services_here())
    with built.database.write() as session:
        session.get_one(Connection, 1).consented_at = SystemClock().now() - timedelta(days=345)
    built.close()


Break = Callable[[LocalAmc, Path, pytest.MonkeyPatch], None]
# What is broken, the check that says so, its verdict, its words and the words of what to do.
BROKEN: dict[str, tuple[Break, str, str, str, str]] = {
    "no key file": (no_key, "encryption key", "broken", "is missing", "Put the key file back"),
    "wrong key file": (wrong_key, "encryption key", "broken", "is not the one", "Put the key file"),
    "wrong client secret": (
        *(wrong_secret, "connection Agency", "broken"),
        *("does not accept the client id or secret", "AMAZON_CLIENT_SECRET"),
    ),
    "no client secret": (no_secret, "client", "broken", "AMAZON_CLIENT_SECRET is not set", ".env"),
    "token of another client": (
        *(other_client, "connection Agency", "broken"),
        *("given to another client", "AMAZON_CLIENT_ID"),
    ),
    "revoked token": (
        *(revoked, "connection Agency", "broken"),
        *("does not accept this login any more", "Reconnect"),
    ),
    "terms not accepted": (
        *(terms, "connection Agency", "broken"),
        *("Terms and conditions must be accepted", "AMC console"),
    ),
    "clock skew": (skew, "clock", "warning", "10 minutes ahead of Amazon's", "NTP"),
    "database away": (no_database, "database", "broken", "127.0.0.1", "DATABASE_URL"),
    "Amazon away": (no_host, "connection Agency", "warning", "nobody listens there", ""),
    "no login (consent denied)": (
        *(nobody, "connections", "warning"),
        *("no Amazon connection yet", "connections add"),
    ),
    "login without AMC": (
        *(without_amc, "connection Agency", "warning"),
        *("has no AMC account", "invited"),
    ),
    "no instances": (
        no_instances,
        "instances",
        "warning",
        "No instance is known",
        "instances sync",
    ),
    "an instance lost": (lost_access, "instances", "warning", "1 of 58 without access", "rights"),
    "consent that ends": (ends_soon, "consent", "warning", "ends in 19 days", "Reconnect"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_each_broken_set_up_has_a_sentence_of_its_own(
    name: str, amc: LocalAmc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it, check, verdict, words, to_do = BROKEN[name]
    break_it(amc, tmp_path / "data", monkeypatch)
    found = checks()
    assert found[check].verdict == verdict
    assert words in found[check].message
    assert to_do in found[check].hint
    said = [c.message for c in found.values() if c.verdict != "fine"]
    for other, (_, _, _, its_words, _) in BROKEN.items():
        if other != name and (other, name) not in ALSO_TRUE:
            assert not any(its_words in message for message in said), other


# Both hosts of these tests are 127.0.0.1, which either sentence names.
ALSO_TRUE = {("database away", "Amazon away")}
