"""A key that is missing or wrong: what waits for it waits, says so once, and goes on by itself."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from amc.clock import FrozenClock, SystemClock
from amc.db.models import Connection
from amc.errors import RateLimitedError
from amc.services.running.transitions import CANCEL
from tests.integration.api.kit import LocalAmc
from tests.integration.connections.bench import WAITS, Bench, Spoil, ends_ready
from tests.integration.connections.conftest import Build, grant


@pytest.fixture
def bench(build: Build, amc: LocalAmc) -> Bench:
    bench = Bench(build, FrozenClock(SystemClock().now()))
    bench.built.connections.add_refresh_token("t", grant(amc))
    bench.built.instances.sync("t")
    return bench


def missing(key: Path) -> None:
    key.unlink()


def wrong(key: Path) -> None:
    key.write_bytes(Fernet.generate_key())


def readable_by_all(key: Path) -> None:
    key.chmod(0o644)


def damaged(key: Path) -> None:
    key.write_bytes(b"no key at all\n")


@pytest.mark.parametrize("spoil", [missing, wrong, readable_by_all, damaged])
def test_a_run_that_is_to_be_sent_waits_for_the_key(
    bench: Bench, amc: LocalAmc, spoil: Spoil
) -> None:
    execution = bench.submit()
    before = len(amc.log("executions"))
    bench.start_without(spoil)
    for _ in range(5):
        row = bench.take(execution)
        assert row.state == "SUBMITTING", row.reason
        assert row.reason.startswith(WAITS)
        bench.later(execution)
    assert bench.told(execution) == 1
    bench.put_back()
    # The same process goes on: nobody restarts anything.
    ends_ready(bench, execution)
    assert len(amc.log("executions")) == before + 1


def test_a_run_at_amazon_waits_and_is_looked_at_again(bench: Bench) -> None:
    execution = bench.submit()
    assert bench.take(execution).state == "PENDING"
    bench.start_without(wrong)
    for _ in range(3):
        row = bench.take(execution)
        assert row.state == "PENDING"
        # Its next look waits its time, like after any other that failed.
        assert row.polled_at == bench.clock.now()
    assert bench.told(execution) == 1
    bench.put_back()
    ends_ready(bench, execution)


def test_a_result_waits_for_the_key_longer_than_any_other_patience(bench: Bench) -> None:
    execution = bench.submit()
    while bench.take(execution).state != "DOWNLOADING":
        SystemClock().sleep(0.05)
    bench.start_without(missing)
    for _ in range(12):  # more than the tries that a result gets elsewhere
        assert bench.take(execution).state == "DOWNLOADING"
        bench.later(execution)
    assert bench.told(execution) == 1
    bench.put_back()
    ends_ready(bench, execution)


def test_a_wish_to_cancel_is_kept_until_the_key_is_back(bench: Bench, amc: LocalAmc) -> None:
    execution = bench.submit()
    amc.fault("stuck_pending")
    assert bench.take(execution).state == "PENDING"
    bench.built.executions.cancel(execution, "t")
    bench.start_without(missing)
    assert bench.take(execution, CANCEL).state == "PENDING"
    assert bench.told(execution) == 1
    bench.put_back()
    row = bench.take(execution, CANCEL)
    assert (row.state, row.reason) == ("CANCELLED", "")


def test_a_lost_answer_is_still_looked_for_after_the_key_was_away(
    bench: Bench, amc: LocalAmc
) -> None:
    execution = bench.submit()
    before = len(amc.log("executions"))
    amc.fault("lost_answer", route="POST */workflowExecutions", seconds=0, count=1)
    row = bench.take(execution)
    assert row.state == "SUBMITTING"
    assert len(amc.log("executions")) == before + 1
    intent = row.intent_at
    assert intent is not None
    bench.start_without(missing)
    # That nobody could look says nothing about the request that was sent before.
    assert bench.take(execution).intent_at == intent
    bench.put_back()
    ends_ready(bench, execution)
    assert len(amc.log("executions")) == before + 1


def test_a_refused_look_says_nothing_about_the_request_before(
    bench: Bench, amc: LocalAmc, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = bench.submit()
    before = len(amc.log("executions"))
    amc.fault("lost_answer", route="POST */workflowExecutions", seconds=0, count=1)
    intent = bench.take(execution).intent_at
    with monkeypatch.context() as patched:

        def refuse(*_: object, **__: object) -> None:
            raise RateLimitedError("Amazon asks to slow down.", status=429)

        patched.setattr("amc.api.client.InstanceApi.list_executions", refuse)
        assert bench.take(execution).intent_at == intent
    ends_ready(bench, execution)
    assert len(amc.log("executions")) == before + 1


def test_names_wait_for_the_key_and_no_list_is_given_up(bench: Bench) -> None:
    bench.built.names.request("t")
    bench.start_without(missing)
    for _ in range(10):
        bench.built.names.sweep()
        bench.built.names.step({})
        bench.clock.sleep(61)
    found = bench.built.names.progress()
    assert (found.failed, found.done) == (0, 0)


def test_one_login_that_cannot_be_opened_leaves_the_work_to_the_other(
    bench: Bench, amc: LocalAmc
) -> None:
    bench.built.connections.add_refresh_token("t", grant(amc), label="second")
    bench.built.instances.sync("t")
    with bench.built.database.write() as session:
        first = session.query(Connection).order_by(Connection.id).first()
        assert first is not None
        other = Fernet(Fernet.generate_key()).encrypt(b"x")
        first.refresh_token, first.access_token = b"deadbeef." + other, None
    execution = bench.submit()
    ends_ready(bench, execution)
    assert bench.told(execution) == 0


def test_the_only_login_that_cannot_be_opened_is_waited_for(bench: Bench, amc: LocalAmc) -> None:
    with bench.built.database.write() as session:
        first = session.query(Connection).one()
        other = Fernet(Fernet.generate_key()).encrypt(b"x")
        kept = (first.refresh_token, first.access_token)
        first.refresh_token, first.access_token = b"deadbeef." + other, None
    execution = bench.submit()
    assert bench.take(execution).state == "SUBMITTING"
    assert bench.told(execution) == 1
    with bench.built.database.write() as session:
        first = session.query(Connection).one()
        first.refresh_token, first.access_token = kept
    ends_ready(bench, execution)
