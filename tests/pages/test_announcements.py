"""What stands above every page when an Amazon login needs somebody, or soon will."""

from datetime import timedelta

import pytest

from amc.container import Services
from amc.db.models import Account, AccountLogin, Connection, Schedule
from amc.errors import FiringError
from amc.services.scheduling.jobs import JobStates
from amc.ui import process
from tests.pages.conftest import NOW, Browser
from tests.pages.test_gate import drawn
from tests.pages.world import add_instances, add_schedule

PAGES = ("fleet", "instances", "query_builder", "executions", "schedules", "mappings", "settings")


@pytest.fixture
def login(services: Services) -> str:
    """A login that serves two accounts; one schedule is due soon, one is not."""
    instances = add_instances(services)
    now = services.clock.now()
    sealed = services.connections._tokens.seal("Atzr|x", "cn_0123456789abcdef", "refresh")
    with services.database.write() as session:
        row = Connection(
            public_id="cn_0123456789abcdef", label="Agency *A*", region="NA", client_id="c",
            refresh_token=sealed,
            state="valid", state_reason="", amazon_user="", consented_at=now, created_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        for account in session.query(Account):
            account.connection_id = row.id
            session.add(
                AccountLogin(account_id=account.id, connection_id=row.id, seen_at=now, problem="")
            )
    services.health.beat("here", "scheduler", now)
    add_schedule(services, instances[:1], "Morning reach")
    add_schedule(services, instances[1:2], "Next month's")
    with services.database.write() as session:
        for row in session.query(Schedule):
            due_in = timedelta(hours=5 if row.name == "Morning reach" else 600)
            row.next_slot_at = now + due_in
    return "cn_0123456789abcdef"


def change(services: Services, **values: object) -> None:
    with services.database.write() as session:
        row = session.query(Connection).one()
        for name, value in values.items():
            setattr(row, name, value)


@pytest.mark.parametrize("page", PAGES)
def test_a_login_that_needs_a_person_is_told_on_every_page(
    browser: Browser, services: Services, login: str, page: str
) -> None:
    change(services, state="needs_person", state_reason="Amazon said: revoked by the user")
    browser.sign_in("viewer")
    at = browser.open(page)
    assert not at.exception
    [told] = [e for e in at.error if "needs a person" in e.title]
    assert "Amazon said: revoked by the user" in told.title
    assert "Reconnect it under Settings, Connections." in told.value
    assert "1 schedule due in the next 24 hours will fail: **Morning reach**" in told.value
    assert "1 Amazon login to reconnect" in drawn(at)


def test_a_login_that_is_tried_again_asks_nothing_of_anybody(
    browser: Browser, services: Services, login: str
) -> None:
    change(services, state="retrying", state_reason="Login with Amazon cannot answer now")
    browser.sign_in("viewer")
    at = browser.open("executions")
    assert not at.error
    [told] = [w for w in at.warning if "is tried again" in w.title]
    assert "cannot answer now" in told.title
    assert "Nothing is to be done" in told.value
    assert "1 Amazon login retrying" in drawn(at)


@pytest.mark.parametrize(
    ("days_ago", "kind", "when"),
    [(334, None, ""), (335, "warning", "in 29 days"), (358, "error", "in 6 days"),
     (365, "error", "now")],
)  # fmt: skip
def test_the_end_of_a_consent_is_announced_30_days_before(
    browser: Browser, services: Services, login: str, days_ago: int, kind: str | None, when: str
) -> None:
    now = services.clock.now()
    change(services, consented_at=now - timedelta(days=days_ago, seconds=60))
    browser.sign_in("viewer")
    at = browser.open("fleet")
    told = [e for e in (*at.error, *at.warning) if "The consent of" in (e.title or "")]
    if kind is None:
        assert told == []
        return
    [one] = told
    assert when in one.title
    assert (one in at.error) == (kind == "error")
    assert "before that" in one.value
    assert ("Morning reach" in one.value) == (when == "now")


def test_another_login_that_takes_over_keeps_the_schedules(
    browser: Browser, services: Services, login: str
) -> None:
    change(services, state="needs_person", state_reason="revoked")
    with services.database.write() as session:
        first = session.query(Connection).one()
        second = Connection(
            public_id="cn_fedcba9876543210", label="Second", region="NA", client_id="c",
            refresh_token=first.refresh_token, state="valid", state_reason="", amazon_user="",
            consented_at=services.clock.now(), created_at=services.clock.now(),
        )  # fmt: skip
        session.add(second)
        session.flush()
        for account in session.query(Account):
            session.add(
                AccountLogin(
                    account_id=account.id, connection_id=second.id, seen_at=NOW, problem=""
                )
            )
    browser.sign_in("viewer")
    [told] = [e for e in browser.open("fleet").error if "needs a person" in e.title]
    assert "will fail" not in told.value


def test_a_key_that_is_missing_is_told_with_every_schedule(
    browser: Browser, services: Services, login: str
) -> None:
    key_file = services.settings.key_file
    browser.sign_in("viewer")
    key_file.unlink()
    process.close()  # a running process goes on with the key that it has
    at = browser.open("schedules")
    [told] = [e for e in at.error if "is missing" in (e.title or "")]
    assert "Put the key file back" in told.value
    assert "Morning reach" in told.value


def test_nothing_is_announced_when_everything_is_fine(
    browser: Browser, services: Services, login: str
) -> None:
    browser.sign_in("viewer")
    at = browser.open("fleet")
    assert not at.error
    assert not [w for w in at.warning if w.title]
    assert "1 Amazon login connected" in drawn(at)


@pytest.mark.parametrize("page", ["fleet", "schedules", "settings"])
def test_a_job_that_fails_is_told_above_every_page(
    browser: Browser, services: Services, page: str
) -> None:
    states = JobStates(services.clock)
    states.failed("tick", FiringError("1 of the schedules could not be fired: 'Reach': no way."))
    services.health.beat("here", "scheduler", services.clock.now(), states.as_detail())
    browser.sign_in("admin")
    at = browser.open(page)
    assert not at.exception
    [told] = [e for e in at.error if "has failed since" in e.title]
    assert "The firing of schedules" in told.title
    assert "'Reach': no way" in told.value
    assert "tried again by themselves" in told.value
