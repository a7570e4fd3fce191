"""Connecting through the consent page, with a pasted token, again; several logins at once."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from amc.clock import FrozenClock, SystemClock
from amc.container import Services
from amc.db.models import Connection, OauthState
from amc.errors import ForbiddenError, GrantRevokedError, UsageError
from amc.services.consent import ConsentDeniedError, ForeignLinkError, LinkError
from amc.services.schedules import ScheduleDraft
from tests.integration.api.kit import LocalAmc
from tests.integration.connections.conftest import Build, connect, decide, grant

FIRST_INSTANCE = "amchnfozgta"


def test_consent_finds_profiles_accounts_and_58_instances_right_after(services: Services) -> None:
    made = connect(services)
    assert made.state == "valid"
    assert made.discovered["problem"] == ""
    assert len(made.discovered["accounts"]) == 2
    assert made.discovered["profiles"]
    assert any(a["entities"] for a in made.discovered["ads_accounts"])
    assert len(services.instances.all()) == 58
    assert made.amazon_user
    assert services.connections.get(made.connection_id).accounts == 2
    trail = services.audit.latest(50)
    assert "connection.add" in {row.action for row in trail}


def test_state_and_challenge_are_long_hashed_and_sealed(services: Services) -> None:
    address = services.connections.begin()
    asked = parse_qs(urlsplit(address).query)
    [state], [challenge] = asked["state"], asked["code_challenge"]
    assert len(state) >= 43  # 256 bits
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [services.settings.redirect_uri]
    with services.database.read() as session:
        [row] = session.query(OauthState).all()
    assert state not in row.state_hash
    assert challenge.encode() not in row.verifier
    opened = services.sealer.open(row.verifier, purpose=f"oauth:{row.state_hash}")
    assert opened not in address


def test_a_state_works_once_and_only_in_the_session_that_began_it(services: Services) -> None:
    complete = services.connections.complete
    back = decide(services.connections.begin(bound_to="session-of-ann"))
    with pytest.raises(ForeignLinkError):
        complete(state=back["state"], code=back["code"], bound_to="session-of-eve")
    with pytest.raises(ForeignLinkError):
        complete(state=back["state"], code=back["code"])
    made = complete(state=back["state"], code=back["code"], bound_to="session-of-ann")
    with pytest.raises(LinkError):
        complete(state=back["state"], code=back["code"], bound_to="session-of-ann")
    assert [c.connection_id for c in services.connections.all()] == [made.connection_id]


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000, "\ud800", "' OR 1=1 --"])
def test_a_state_that_we_never_gave_is_refused_before_amazon_is_asked(
    services: Services, amc: LocalAmc, state: str
) -> None:
    before = len(amc.log("tokens"))
    with pytest.raises(LinkError, match="unknown, was used already, or is older"):
        services.connections.complete(state=state, code="ANcode")
    assert len(amc.log("tokens")) == before


def test_a_state_lives_ten_minutes(build: Build) -> None:
    clock = FrozenClock(SystemClock().now())
    services = build(clock=clock)
    back = decide(services.connections.begin())
    clock.advance(timedelta(minutes=10, seconds=1))
    with pytest.raises(LinkError):
        services.connections.complete(state=back["state"], code=back["code"])


def test_two_tabs_do_not_disturb_each_other(services: Services) -> None:
    one, other = (decide(services.connections.begin()) for _ in range(2))
    complete = services.connections.complete
    with pytest.raises(Exception, match="does not take"):
        complete(state=one["state"], code=other["code"])  # the verifier is another's
    made = complete(state=other["state"], code=other["code"])
    assert made.state == "valid"


def test_denied_consent_says_so_and_keeps_nothing(services: Services) -> None:
    with pytest.raises(ConsentDeniedError, match="consent was denied") as told:
        connect(services, decision="deny")
    assert "choose Allow" in told.value.hint
    assert services.connections.all() == []


def test_reconnecting_keeps_the_connection_and_brings_it_back(
    services: Services, amc: LocalAmc
) -> None:
    made = connect(services)
    with services.database.read() as session:
        row = session.get_one(Connection, 1)
        token = services.sealer.open(
            row.refresh_token, purpose=f"connection:{row.public_id}:refresh"
        )
    amc.ask("POST", "/tokens/revoke", params={"refresh_token": token})
    assert services.connections.test(made.connection_id).verdict == "needs_person"
    [told] = services.connections.announcements()
    assert told.urgent
    assert "needs a person" in told.message
    assert told.schedules == []
    draft = ScheduleDraft(
        name="Hourly", cron="0 * * * *", zone="UTC", window_rule="last-7-days",
        sql="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
        instance_ids=(services.instances.all()[0].instance_id,),
    )  # fmt: skip
    services.schedules.create("t", draft)
    [told] = services.connections.announcements()
    assert told.schedules == ["Hourly"]
    assert told.whole.endswith("Fails within 24 hours otherwise: Hourly.")
    back = decide(services.connections.begin(again=made.connection_id))
    again = services.connections.complete(state=back["state"], code=back["code"])
    assert again.connection_id == made.connection_id
    assert services.connections.test(made.connection_id).verdict == "fine"
    assert services.connections.announcements() == []


def test_a_pasted_token_connects_and_a_bad_one_keeps_nothing(
    services: Services, amc: LocalAmc
) -> None:
    for bad in ("", "Atza|access", "Atzr|" + "x" * 3000, "Atzr|a\nb"):
        with pytest.raises(UsageError, match=r"begins with the letters Atzr"):
            services.connections.add_refresh_token("t", bad)
    with pytest.raises(GrantRevokedError):
        services.connections.add_refresh_token("t", "Atzr|made-up")
    assert services.connections.all() == []
    given = SystemClock().now() - timedelta(days=340)
    made = services.connections.add_refresh_token(
        "t", f" {grant(amc)}\n", label="Agency", consented_at=given
    )
    assert made.label == "Agency"
    assert len(services.instances.all()) == 58
    [told] = services.connections.announcements()
    assert "ends in 24 days" in told.message or "ends in 25 days" in told.message
    assert not told.urgent
    with pytest.raises(UsageError, match="future"):
        services.connections.add_refresh_token(
            "t", grant(amc), consented_at=SystemClock().now() + timedelta(days=1)
        )


def test_a_second_login_takes_over_when_the_first_is_revoked(
    services: Services, amc: LocalAmc
) -> None:
    token = grant(amc)
    first = services.connections.add_refresh_token("t", token, label="first")
    second = services.connections.add_refresh_token("t", grant(amc), label="second")
    for account in services.connections.serving():
        assert (account.served_by, account.takes_over) == (
            first.connection_id,
            [second.connection_id],
        )
    amc.ask("POST", "/tokens/revoke", params={"refresh_token": token})
    # In the middle of the work: the call itself goes through, with the other login.
    api = services.instances._amazon.instance(FIRST_INSTANCE)
    assert api.list_data_sources()
    states = {c.label: c.state for c in services.connections.all()}
    assert states == {"first": "needs_person", "second": "valid"}
    before = len(amc.log("tokens"))
    for _ in range(3):
        services.instances._amazon.instance(FIRST_INSTANCE).list_workflows()
    assert len(amc.log("tokens")) == before, "a refused login is not asked again and again"
    for account in services.connections.serving():
        assert account.served_by == second.connection_id
        assert first.connection_id in account.problems
    services.instances.sync("t")
    assert {a.chosen for a in services.connections.serving()} == {second.connection_id}


def test_the_login_that_serves_can_be_chosen_and_removed(services: Services, amc: LocalAmc) -> None:
    first = services.connections.add_refresh_token("t", grant(amc), label="first")
    second = services.connections.add_refresh_token("t", grant(amc), label="second")
    nobody = services.connections.add_refresh_token(
        "t", grant(amc, user_id="amzn1.account.LOCALUSERNOAMC"), label="third"
    )
    account = services.connections.serving()[0]
    services.connections.prefer("t", account.account_id, second.connection_id)
    chosen = {a.account_id: a.chosen for a in services.connections.serving()}
    assert chosen[account.account_id] == second.connection_id
    with pytest.raises(UsageError, match="cannot see the account"):
        services.connections.prefer("t", account.account_id, nobody.connection_id)
    found = services.connections.dependents(second.connection_id)
    assert found.taken_over[account.name] == "first"
    assert found.unserved == []
    services.connections.remove("t", second.connection_id)
    found = services.connections.dependents(first.connection_id)
    assert len(found.unserved) == 2
    assert found.instances == 58
    services.connections.remove("t", first.connection_id)
    assert all(not a.served_by for a in services.connections.serving())
    assert len(services.instances.all()) == 58
    with pytest.raises(GrantRevokedError, match="No Amazon connection serves"):
        services.instances._amazon.instance(FIRST_INSTANCE)


def test_one_login_that_fails_does_not_touch_another(services: Services, amc: LocalAmc) -> None:
    token = grant(amc)
    services.connections.add_refresh_token("t", token, label="first")
    services.connections.add_refresh_token("t", grant(amc), label="second")
    amc.ask("POST", "/tokens/revoke", params={"refresh_token": token})
    difference = services.instances.sync("t")
    assert list(difference.failed.values())
    assert difference.instances == 58
    assert {c.label: c.state for c in services.connections.all()}["second"] == "valid"


def test_an_account_in_europe_is_asked_at_its_own_host(services: Services) -> None:
    made = connect(services)
    api = services.instances._amazon.account(made.connection_id, "ENTITY9", "A1F83G8C2ARO7P")
    assert api._caller.rate_key.endswith("|EU")
    with pytest.raises(ForbiddenError):
        api.list_instances()
