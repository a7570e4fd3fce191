"""What can go wrong with a login: each with the sentence that the user sees."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from amc.clock import FrozenClock, SystemClock
from amc.container import Services
from amc.db.engine import make_engine
from amc.db.models import Connection
from amc.errors import (
    ClientRejectedError,
    DatabaseError,
    GrantRevokedError,
    KeyFileError,
    LoginError,
    UsageError,
)
from tests.integration.api.kit import LocalAmc
from tests.integration.connections.conftest import Build, connect, decide, grant

INSTANCE = "amchnfozgta"


def expire(services: Services) -> None:
    """Let the cached access tokens end by our own reckoning."""
    with services.database.write() as session:
        for row in session.query(Connection):
            row.access_expires_at = SystemClock().now() - timedelta(seconds=1)


def test_a_code_that_was_used_already(services: Services) -> None:
    back = decide(services.connections.begin())
    login, settings = services.connections._login, services.settings
    with pytest.raises(LoginError):  # somebody else was first, with another verifier
        login.exchange_code(
            "NA", code=back["code"], redirect_uri=settings.redirect_uri, verifier="x" * 43
        )
    made = services.connections.complete(state=back["state"], code=back["code"])
    assert made.state == "valid"
    second = decide(services.connections.begin())
    with pytest.raises(LoginError, match="does not take this login code") as told:
        services.connections.complete(state=second["state"], code=back["code"])
    assert "once and for five minutes" in told.value.hint


def test_a_code_that_is_too_old(services: Services, amc: LocalAmc) -> None:
    back = decide(services.connections.begin())
    amc.ask("PUT", "/clock", json={"advance_s": 301})
    with pytest.raises(LoginError, match="does not take this login code") as told:
        services.connections.complete(state=back["state"], code=back["code"])
    assert "start the connection again" in told.value.hint
    assert services.connections.all() == []


def test_a_wrong_client_secret(build: Build, amc: LocalAmc) -> None:
    services = build(amazon_client_id="amzn1.application-oa2-client.local",
                     amazon_client_secret="wrong")  # fmt: skip
    with pytest.raises(ClientRejectedError, match="does not accept the client id") as told:
        connect(services)
    assert "AMAZON_CLIENT_SECRET" in told.value.hint
    with pytest.raises(ClientRejectedError):
        services.connections.add_refresh_token("t", grant(amc))
    assert services.connections.all() == []


def test_a_client_without_id_or_secret(build: Build) -> None:
    services = build(api_url="https://advertising-api.amazon.com")
    with pytest.raises(UsageError, match="No client id"):
        services.connections.begin()
    services = build(api_url="https://advertising-api.amazon.com", amazon_client_id="x")
    with pytest.raises(UsageError, match="No client secret"):
        services.connections.begin()


def test_a_secret_that_becomes_wrong_heals_when_it_is_mended(build: Build, amc: LocalAmc) -> None:
    made = build().connections.add_refresh_token("t", grant(amc))
    broken = build(amazon_client_secret="wrong",
                   amazon_client_id="amzn1.application-oa2-client.local")  # fmt: skip
    expire(broken)
    found = broken.connections.test(made.connection_id)
    assert found.verdict == "needs_person"
    assert "client id or secret" in found.message
    mended = build()
    assert mended.connections.test(made.connection_id).verdict == "fine"
    assert mended.connections.get(made.connection_id).state == "valid"


def test_a_revoked_token_is_told_once_and_asked_once(services: Services, amc: LocalAmc) -> None:
    token = grant(amc)
    made = services.connections.add_refresh_token("t", token)
    amc.ask("POST", "/tokens/revoke", params={"refresh_token": token})
    before = len(amc.log("tokens"))
    for _ in range(5):
        with pytest.raises(GrantRevokedError, match="does not accept this login any more"):
            services.instances._amazon.instance(INSTANCE).list_workflows()
    assert len(amc.log("tokens")) - before == 1
    view = services.connections.get(made.connection_id)
    assert view.state == "needs_person"
    assert "revoked" in view.state_reason  # Amazon's own words


def test_a_token_of_another_client(build: Build, amc: LocalAmc) -> None:
    amc.ask("POST", "/clients", json={"client_id": "amzn1.other", "secret": "s"})
    with pytest.raises(GrantRevokedError):
        build().connections.add_refresh_token("t", grant(amc, client_id="amzn1.other"))
    services = build()
    made = services.connections.add_refresh_token("t", grant(amc))
    other = build(amazon_client_id="amzn1.other", amazon_client_secret="s")
    expire(other)
    before = len(amc.log("tokens"))
    found = other.connections.test(made.connection_id)
    assert "given to another client" in found.message
    assert "AMAZON_CLIENT_ID" in found.hint
    assert len(amc.log("tokens")) == before, "a foreign token is not sent around"


def test_a_profile_without_amc(services: Services, amc: LocalAmc) -> None:
    token = grant(amc, user_id="amzn1.account.LOCALUSERNOAMC")
    made = services.connections.add_refresh_token("t", token)
    assert made.discovered["accounts"] == []
    assert made.discovered["profiles"]
    found = services.connections.test(made.connection_id)
    assert found.verdict == "no_amc"
    assert "has no AMC account" in found.message
    assert "invited" in found.hint


def test_an_account_without_instances(build: Build, tmp_path: Path) -> None:
    with LocalAmc(tmp_path, "--world", "empty") as empty:
        services = build(api_url=empty.url)
        made = services.connections.add_refresh_token("t", grant(empty))
        assert made.discovered["problem"] == ""
        assert services.connections.test(made.connection_id).verdict == "fine"
        [account] = services.connections.serving()
        assert account.instances == 0
        assert account.served_by == made.connection_id
        assert services.instances.all() == []


def test_terms_that_were_not_accepted(services: Services, amc: LocalAmc) -> None:
    amc.fault("terms_not_accepted")
    made = services.connections.add_refresh_token("t", grant(amc))
    assert made.state == "valid", "the login itself is fine"
    assert "Terms and conditions" in made.discovered["problem"]
    assert "AMC console" in made.discovered["hint"]
    amc.ask("DELETE", "/faults")
    again = services.connections.discover("t", made.connection_id)
    assert again.discovered["problem"] == ""
    assert len(services.instances.all()) == 58


@pytest.mark.parametrize("skew_s", [600, -600])
def test_a_clock_that_is_ten_minutes_off(build: Build, amc: LocalAmc, skew_s: int) -> None:
    clock = FrozenClock(SystemClock().now() + timedelta(seconds=skew_s))
    services = build(clock=clock)
    made = connect(services)
    assert made.state == "valid"
    before = len(amc.log("tokens"))
    clock.advance(timedelta(minutes=50))  # within the life of the token by any clock
    assert isinstance(services.instances._amazon.instance(INSTANCE).list_workflows(), list)
    assert len(amc.log("tokens")) - before <= 1
    skew = services.connections.clock_skew_s()
    assert skew is not None
    assert skew == pytest.approx(skew_s + 3000, abs=60)


def test_two_threads_that_refresh_at_once_ask_once(build: Build, amc: LocalAmc) -> None:
    one, other = build(), build()
    one.connections.add_refresh_token("t", grant(amc))
    expire(one)
    before = len(amc.log("tokens"))
    failures: list[BaseException] = []

    def ask(services: Services) -> None:
        try:
            services.instances._amazon.instance(INSTANCE).list_workflows()
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=ask, args=(s,)) for s in (one, other) * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(amc.log("tokens")) - before == 1


def test_a_database_that_goes_away_in_the_middle_of_a_refresh(
    build: Build, amc: LocalAmc, postgres_url: str
) -> None:
    services = build(database_url_raw=postgres_url)
    services.connections.add_refresh_token("t", grant(amc))
    expire(services)
    before = len(amc.log("tokens"))
    amc.fault("slow", route="POST /auth/o2/token", seconds=1.5)
    name = services.database.engine.url.database
    admin = make_engine(
        postgres_url.replace("postgresql://", "postgresql+psycopg2://").replace(
            f"/{name}", "/postgres"
        )
    )

    def allow(connections: bool) -> None:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
            session.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {connections}"))
            session.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"),
                {"n": name},
            )

    failures: list[BaseException] = []

    def ask() -> None:
        try:
            services.instances._amazon.instance(INSTANCE).list_workflows()
        except BaseException as exc:
            failures.append(exc)

    asking = threading.Thread(target=ask)
    asking.start()
    threading.Event().wait(0.7)
    allow(connections=False)
    asking.join(30)
    [failure] = failures
    assert isinstance(failure, DatabaseError)
    assert failure.transient
    assert "Check DATABASE_URL" in failure.hint or "database" in failure.message
    allow(connections=True)
    admin.dispose()
    # The token that came meanwhile was kept in this process: nothing is asked twice.
    assert isinstance(services.instances._amazon.instance(INSTANCE).list_workflows(), list)
    assert len(amc.log("tokens")) - before == 1
    [view] = services.connections.all()
    assert view.state == "valid"


def test_a_database_that_is_away_is_named(services: Services, amc: LocalAmc) -> None:
    services.connections.add_refresh_token("t", grant(amc))
    with services.database.write() as session:
        session.execute(text("ALTER TABLE connections RENAME TO away"))
    with pytest.raises(DatabaseError):
        services.instances._amazon.instance(INSTANCE)


def test_a_key_file_that_is_missing_or_wrong_locks_logins_and_nothing_else(
    build: Build, amc: LocalAmc
) -> None:
    first = build()
    made = first.connections.add_refresh_token("t", grant(amc))
    key_file = first.settings.key_file
    right = key_file.read_bytes()
    with first.database.read() as session:
        sealed = bytes(session.get_one(Connection, 1).refresh_token)
    for content, word in ((None, "is missing"), (b"A" * 43 + b"=", "is not the one")):
        key_file.unlink()
        if content is not None:
            key_file.write_bytes(content)
            key_file.chmod(0o600)
        services = build()
        assert len(services.instances.all()) == 58
        problem = services.connections.key_problem()
        assert problem is not None
        assert word in problem.message
        assert "Put the key file back" in problem.hint
        [told] = services.connections.announcements()
        assert told.urgent
        with pytest.raises(KeyFileError, match=word):
            services.instances._amazon.instance(INSTANCE).list_workflows()
        with pytest.raises(KeyFileError, match=word):
            services.connections.begin()
        with pytest.raises(KeyFileError, match=word):
            services.connections.add_refresh_token("t", grant(amc))
        with pytest.raises(KeyFileError, match=word):
            services.instances.sync("t")
        with services.database.read() as session:
            assert bytes(session.get_one(Connection, 1).refresh_token) == sealed
        if content is None:
            key_file.write_bytes(b"")
    key_file.write_bytes(right)
    # The file is back: the same process goes on by itself.
    assert services.connections.key_problem() is None
    assert services.connections.test(made.connection_id).verdict == "fine"
