import multiprocessing
import time
from datetime import timedelta

from amc.clock import FrozenClock
from amc.db.budget import HEADROOM, DbRateBudget
from amc.db.engine import Database, make_engine
from tests.conftest import NOW


def test_requests_are_evenly_spaced(database: Database) -> None:
    if not database.is_sqlite:
        return  # there the database's own clock counts; see the test with processes
    clock = FrozenClock(NOW)
    budget = DbRateBudget(database, per_second=10, clock=clock)
    waits = [round(budget.reserve("k"), 4) for _ in range(4)]
    assert waits == [0.0, 0.105, 0.21, 0.315]
    clock.advance(timedelta(seconds=60))
    assert budget.reserve("k") == 0.0  # an idle minute earns no burst
    assert round(budget.reserve("k"), 4) == 0.105


def test_after_a_429_everybody_waits_and_the_pace_recovers(database: Database) -> None:
    if not database.is_sqlite:
        return
    clock = FrozenClock(NOW)
    budget = DbRateBudget(database, per_second=10, clock=clock)
    budget.reserve("k")
    budget.slow_down("k", 7)
    assert 7.0 <= budget.reserve("k") < 7.2
    clock.advance(timedelta(seconds=60))
    first, second = budget.reserve("k"), budget.reserve("k")
    assert second - first > 0.105 * 1.4
    for _ in range(60):
        budget.speed_up("k")
    clock.advance(timedelta(seconds=60))
    budget.reserve("k")
    assert round(budget.reserve("k"), 3) == 0.105


def _spend(url: str, count: int, sent: "multiprocessing.Queue[float]") -> None:
    database = Database(make_engine(url))
    budget = DbRateBudget(database, per_second=50)
    for _ in range(count):
        time.sleep(budget.reserve("shared"))
        sent.put(time.time())
    database.close()


def test_several_processes_together_keep_the_rate(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    sent: multiprocessing.Queue[float] = context.Queue()
    workers = [context.Process(target=_spend, args=(url, 25, sent)) for _ in range(4)]
    for worker in workers:
        worker.start()
    times = sorted(sent.get(timeout=60) for _ in range(100))
    for worker in workers:
        worker.join(timeout=30)
    # 100 requests at 50 a second with 5 % headroom take 99 × 0.021 = 2.08 s at the least.
    assert times[-1] - times[0] >= 99 * HEADROOM / 50 * 0.97
