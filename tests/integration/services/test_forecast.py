"""Which schedules will fail tonight if nothing is done, and the reason of each."""

from datetime import UTC, datetime, timedelta

import pytest

from amc.auth.roles import Grants
from amc.clock import FrozenClock
from amc.container import Services
from amc.db.models import Account, Connection, Instance, Schedule
from amc.services.schedules import ScheduleDraft
from amc.services.scope import Scope
from tests.conftest import NOW

SQL = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
TONIGHT = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
assert timedelta(hours=24) > TONIGHT - NOW


@pytest.fixture
def served(built: Services) -> Services:
    """A login serves the account, and everything is well."""
    with built.database.write() as session:
        login = Connection(
            public_id="cn_0123456789abcdef", label="Main", region="NA", client_id="c",
            refresh_token=b"", state="valid", created_at=NOW, consented_at=NOW,
        )  # fmt: skip
        session.add(login)
        session.flush()
        session.query(Account).one().connection_id = login.id
    built.schedules.create("ann", draft())
    assert built.schedules.at_risk() == []
    return built


def draft(**changes: object) -> ScheduleDraft:
    given: dict[str, object] = {
        "name": "Nightly",
        "cron": "0 2 * * *",
        "zone": "UTC",
        "window_rule": "last-7-days",
        "sql": SQL,
        "instance_ids": ("amcone", "amctwo"),
    }
    return ScheduleDraft(**(given | changes))  # type: ignore[arg-type]


def change(built: Services, instance_id: str, **values: object) -> None:
    with built.database.write() as session:
        row = session.query(Instance).filter_by(instance_id=instance_id).one()
        for name, value in values.items():
            setattr(row, name, value)


def test_a_login_that_needs_a_person(served: Services) -> None:
    with served.database.write() as session:
        login = session.query(Connection).one()
        login.state, login.state_reason = "needs_person", "invalid_grant"
    (risk,) = served.schedules.at_risk()
    assert (risk.name, risk.slot_at, risk.instances) == ("Nightly", TONIGHT, 2)
    assert risk.reason == "the Amazon login of Agency needs a person: invalid_grant"
    assert "Reconnect" in risk.to_do
    with served.database.write() as session:
        session.query(Connection).one().state = "valid"
    assert served.schedules.at_risk() == []


def test_no_login_at_all(served: Services) -> None:
    with served.database.write() as session:
        session.query(Account).one().connection_id = None
    (risk,) = served.schedules.at_risk()
    assert risk.reason == "no Amazon login serves Agency"


def test_an_instance_that_lets_us_in_no_more(served: Services) -> None:
    change(served, "amctwo", access="lost", access_reason="Unauthorized request.")
    (risk,) = served.schedules.at_risk()
    assert risk.instances == 1
    assert risk.reason == "no access (Unauthorized request.)"
    assert "administers the AMC account" in risk.to_do
    change(served, "amctwo", access="ok", gone_at=NOW)
    (risk,) = served.schedules.at_risk()
    assert risk.reason == "the instance is gone at Amazon"


def test_a_data_source_that_is_missing(served: Services) -> None:
    served.schedules.create("ann", draft(name="Template", sql="", template="cart-abandonment"))
    assert served.schedules.at_risk() == []
    change(served, "amcone", source_names=["sponsored_ads_traffic"], sources_at=NOW)
    (risk,) = served.schedules.at_risk()
    assert risk.name == "Template"
    assert risk.instances == 1
    assert risk.reason.startswith("it has no ")
    change(served, "amctwo", source_names=["sponsored_ads_traffic"], sources_at=NOW)
    (risk,) = served.schedules.at_risk()
    assert risk.instances == 2


def test_what_cannot_be_prepared_any_more(served: Services) -> None:
    with served.database.write() as session:
        row = session.query(Schedule).one()
        row.sql, row.version = "SELECT FROM", row.version + 1
    (risk,) = served.schedules.at_risk()
    assert "SQL has an error" in risk.reason
    with served.database.write() as session:
        row = session.query(Schedule).one()
        row.sql, row.template, row.version = "", "no-such-template", row.version + 1
    (risk,) = served.schedules.at_risk()
    assert "no template 'no-such-template'" in risk.reason


def test_one_that_was_set_aside_and_rights_that_do_not_cover_it(served: Services) -> None:
    served.users.create(
        "root", "bea", role="analyst", password="plum-otter-lantern-42", chosen_by_them=True
    )
    made = served.schedules.create("bea", draft(name="Hers"))
    served.users.set_grants("root", "bea", Grants(brands=frozenset({"Nova"}), limited=True))
    (risk,) = served.schedules.at_risk()
    assert risk.name == "Hers"
    assert "the rights of bea" in risk.reason
    served.schedules.remove("root", made.id)
    with served.database.write() as session:
        session.query(Schedule).one().broken = "its stored form cannot be read"
    (risk,) = served.schedules.at_risk()
    assert (risk.slot_at, risk.reason) == (None, "its stored form cannot be read")


def test_only_what_is_due_in_time_runs_and_is_in_reach(
    served: Services, clock: FrozenClock
) -> None:
    change(served, "amctwo", access="lost", access_reason="no")
    assert len(served.schedules.at_risk(hours=24)) == 1
    assert served.schedules.at_risk(hours=4) == []
    limited = served.schedules.within(Scope(Grants(brands=frozenset({"Nova"}), limited=True)))
    assert limited.at_risk() == []
    (one,) = served.schedules.all()
    served.schedules.pause("ann", one.id)
    assert served.schedules.at_risk() == []


def test_what_is_foretold_is_what_happens(served: Services, clock: FrozenClock) -> None:
    with served.database.write() as session:
        row = session.query(Schedule).one()
        row.sql, row.template, row.version = "", "no-such-template", row.version + 1
    (risk,) = served.schedules.at_risk()
    clock.set(TONIGHT + timedelta(minutes=1))
    served.schedules.fire_due()
    (slot,) = served.schedules.history(risk.schedule_id)
    assert slot.verdict == "failed"
    assert risk.reason in slot.reason
