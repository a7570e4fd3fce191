"""After a backup was put back: what was sent since is taken up and not sent again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete

from amc.clock import FrozenClock, SystemClock
from amc.db.models import Execution, ExecutionEvent
from amc.db.repos import executions as repo
from tests.conftest import empty_postgres
from tests.integration.api.kit import LocalAmc
from tests.integration.connections.bench import INSTANCE, Bench, ends_ready
from tests.integration.connections.conftest import Build, grant

ADOPTED = "found in Amazon's list: sent before a backup was put back"
LAG_S = 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
def bench(build: Build, amc: LocalAmc, request: pytest.FixtureRequest) -> Iterator[Bench]:
    clock = FrozenClock(SystemClock().now())
    if request.param == "sqlite":
        yield ready(Bench(build, clock), amc)
        return
    with empty_postgres(request.getfixturevalue("postgres_server")) as url:
        bench = ready(Bench(build, clock, database_url_raw=url), amc)
        yield bench
        bench.built.close()


def ready(bench: Bench, amc: LocalAmc) -> Bench:
    bench.built.connections.add_refresh_token("t", grant(amc))
    bench.built.instances.sync("t")
    return bench


class Lost:
    """The database forgets: rows are again as a backup from before their sending has them."""

    def __init__(self, bench: Bench, amc: LocalAmc) -> None:
        self.bench, self.amc = bench, amc
        self.as_of = bench.clock.now()
        self.before = len(amc.log("executions"))

    def sent(self) -> int:
        return len(self.amc.log("executions")) - self.before

    def forget(self, *executions: str) -> None:
        with self.bench.built.database.write() as session:
            for name in executions:
                row = repo.row(session, name)
                assert row is not None
                session.execute(delete(ExecutionEvent).where(ExecutionEvent.execution_id == row.id))
                row.state, row.amc_status, row.amc_execution_id = "QUEUED", "", None
                row.intent_at = row.submitted_at = row.finished_at = row.next_step_at = None
                row.result, row.result_uri, row.rows = None, "", None
                row.cancel_requested_at = None

    def vanish(self, execution: str) -> None:
        """The row came after the backup: it is gone altogether."""
        self.forget(execution)
        with self.bench.built.database.write() as session:
            session.execute(delete(Execution).where(Execution.public_id == execution))

    def put_back(self) -> None:
        self.bench.clock.set(max(SystemClock().now(), self.bench.clock.now()))
        self.bench.built.restores.declare("t", self.as_of)

    def listed(self) -> None:
        """Everything that was sent before the restore is in Amazon's list by now."""
        self.bench.clock.sleep(LAG_S + 1)


@pytest.fixture
def lost(bench: Bench, amc: LocalAmc) -> Lost:
    return Lost(bench, amc)


def adopted(bench: Bench, execution: str) -> int:
    events = bench.built.executions.detail(execution).events
    return sum(e.text == ADOPTED for e in events)


def test_a_run_that_was_sent_since_is_taken_up(bench: Bench, lost: Lost) -> None:
    execution = bench.submit()
    first = bench.take(execution).amc_execution_id
    lost.forget(execution)
    lost.put_back()
    # At once: what is found need not be waited for.
    row = bench.take(execution)
    assert (row.state, row.amc_execution_id) == ("PENDING", first)
    assert adopted(bench, execution) == 1
    ends_ready(bench, execution)
    assert lost.sent() == 1


def test_a_clock_that_was_off_hides_nothing(bench: Bench, lost: Lost, amc: LocalAmc) -> None:
    execution = bench.submit()
    # Amazon's clock shows less than ours: it was sent before the backup was made, by its times.
    amc.ask("PUT", "/clock", json={"now": (SystemClock().now() - timedelta(hours=1)).isoformat()})
    first = bench.take(execution).amc_execution_id
    assert first is not None
    lost.forget(execution)
    lost.put_back()
    lost.listed()
    assert bench.take(execution).amc_execution_id == first
    assert lost.sent() == 1


def test_two_of_the_same_text_take_up_one_each_and_a_third_is_sent(
    bench: Bench, lost: Lost
) -> None:
    pair = [bench.submit(), bench.submit()]
    theirs = {bench.take(execution).amc_execution_id for execution in pair}
    third = bench.submit()
    lost.forget(*pair)
    lost.put_back()
    lost.listed()
    assert {bench.take(execution).amc_execution_id for execution in pair} == theirs
    assert bench.take(third).amc_execution_id not in theirs
    assert lost.sent() == 3


def test_nothing_is_sent_before_the_list_must_show_it(
    bench: Bench, lost: Lost, amc: LocalAmc
) -> None:
    execution = bench.submit()
    sent = bench.take(execution).amc_execution_id
    lost.forget(execution)
    lost.put_back()
    amc.ask("PUT", "/options", json={"listing_lag_s": 3600})
    try:
        row = bench.take(execution)
        assert (row.state, row.amc_execution_id) == ("SUBMITTING", None)
        assert row.next_step_at is not None
        assert 0 < (row.next_step_at - bench.clock.now()).total_seconds() <= LAG_S
    finally:
        amc.ask("PUT", "/options", json={"listing_lag_s": 0})
    assert bench.take(execution).amc_execution_id == sent
    assert lost.sent() == 1


def test_another_window_of_the_same_text_is_another_run(bench: Bench, lost: Lost) -> None:
    sent = bench.submit("2026-09-01", "2026-09-08")
    other = bench.submit("2026-09-08", "2026-09-15")
    theirs = bench.take(sent).amc_execution_id
    lost.vanish(sent)
    lost.put_back()
    lost.listed()
    row = bench.take(other)
    assert row.amc_execution_id not in (None, theirs)
    assert adopted(bench, other) == 0
    assert lost.sent() == 2


def test_what_a_person_ran_in_amc_by_hand_is_left_alone(bench: Bench, lost: Lost) -> None:
    api = bench.built.instances._amazon.instance(INSTANCE)
    by_hand = api.create_adhoc_execution(
        bench.sql, window_start="2026-09-01T00:00:00", window_end="2026-09-08T00:00:00"
    )
    execution = bench.submit()
    lost.put_back()
    lost.listed()
    row = bench.take(execution)
    assert row.amc_execution_id not in (None, by_hand.workflow_execution_id)
    assert lost.sent() == 2


def test_what_was_sent_before_the_backup_is_not_taken_up(bench: Bench, lost: Lost) -> None:
    execution = bench.submit()
    old = bench.take(execution).amc_execution_id
    lost.vanish(execution)
    bench.clock.sleep(3 * 3600)  # the span is taken two hours wider, for clocks that differ
    lost.as_of = bench.clock.now()
    lost.put_back()
    lost.listed()
    again = bench.submit()
    assert bench.take(again).amc_execution_id not in (None, old)


def test_a_lost_run_that_a_person_starts_again_is_taken_up_once(bench: Bench, lost: Lost) -> None:
    first = bench.submit()
    sent = bench.take(first).amc_execution_id
    lost.vanish(first)
    lost.put_back()
    lost.listed()
    again, on_purpose = bench.submit(), bench.submit()
    assert bench.take(again).amc_execution_id == sent
    assert bench.take(on_purpose).amc_execution_id not in (None, sent)
    assert lost.sent() == 2


def test_a_cancelled_one_is_the_end_of_its_own_run_and_of_no_new_one(
    bench: Bench, lost: Lost, amc: LocalAmc
) -> None:
    amc.fault("stuck_pending")
    there = bench.submit()
    bench.take(there)
    bench.built.executions.cancel(there, "t")
    for _ in range(3):
        if bench.take(there).state == "CANCELLED":
            break
    lost.forget(there)
    lost.put_back()
    lost.listed()
    amc.ask("DELETE", "/faults")
    new = bench.submit()
    assert bench.take(new).state == "PENDING"
    assert adopted(bench, new) == 0
    assert bench.take(there).state == "PENDING"
    assert adopted(bench, there) == 1
    assert bench.take(there).state == "CANCELLED"
    assert lost.sent() == 2


def test_the_look_for_runs_by_hand_ends_and_costs_nothing_then(
    bench: Bench, lost: Lost, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bench.submit()
    bench.take(first)
    lost.vanish(first)
    lost.put_back()
    bench.clock.sleep(timedelta(days=15).total_seconds())
    monkeypatch.setattr("amc.api.client.InstanceApi.list_executions", None)
    assert bench.take(bench.submit()).state == "PENDING"
    assert lost.sent() == 2


def test_without_a_restore_nothing_is_looked_for(
    bench: Bench, lost: Lost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amc.api.client.InstanceApi.list_executions", None)
    assert bench.take(bench.submit()).state == "PENDING"
    assert lost.sent() == 1
