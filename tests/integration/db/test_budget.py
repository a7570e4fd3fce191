import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, pairwise
from pathlib import Path

import pytest

from amc.clock import FrozenClock
from amc.db.budget import AHEAD_S, HEADROOM, DbRateBudget
from amc.db.engine import Database, make_engine
from tests.conftest import NOW, open_test_database
from tests.processes import Ready, together

STEP = HEADROOM / 10


@pytest.fixture
def clock_and_budget(tmp_path: Path) -> Iterator[tuple[FrozenClock, DbRateBudget]]:
    """SQLite: on PostgreSQL the server's own clock counts; see the test with processes."""
    database = open_test_database(f"sqlite:///{tmp_path / 'amc.db'}")
    clock = FrozenClock(NOW)
    yield clock, DbRateBudget(database, per_second=10, clock=clock, pace=clock)
    database.close()


Held = tuple[FrozenClock, DbRateBudget]


def test_requests_are_evenly_spaced(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    waits = [round(budget.reserve("k", interactive=True), 4) for _ in range(4)]
    assert waits == [0.0, round(STEP, 4), round(2 * STEP, 4), round(3 * STEP, 4)]
    clock.advance(timedelta(seconds=60))
    assert budget.reserve("k") == 0.0  # an idle minute earns no burst
    assert round(budget.reserve("k", interactive=True), 4) == round(STEP, 4)


def test_background_work_paces_itself_without_holding_places(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    sent = []
    for _ in range(20):
        wait = budget.reserve("k")  # moves the clock while it waits
        sent.append(clock.monotonic() + wait)
    gaps = [later - earlier for earlier, later in pairwise(sent)]
    assert gaps == pytest.approx([STEP] * 19, abs=1e-3)
    assert sent[-1] - clock.monotonic() <= AHEAD_S + 1e-6


def test_a_persons_call_passes_a_long_queue_of_background_work(clock_and_budget: Held) -> None:
    _, budget = clock_and_budget
    for _ in range(50):
        budget.reserve("k")
    assert budget.reserve("k", interactive=True) <= AHEAD_S + STEP + 1e-6


def test_who_has_no_patience_takes_no_place(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    budget.reserve("k")
    budget.slow_down("k", 300)
    for interactive in (True, False) * 5:
        assert budget.reserve("k", interactive=interactive, patience_s=20) > 20
    clock.advance(timedelta(seconds=300))
    assert budget.reserve("k") == pytest.approx(0.0, abs=0.01)


def test_after_a_429_everybody_waits_as_long_as_amazon_asks(clock_and_budget: Held) -> None:
    _, budget = clock_and_budget
    budget.reserve("k")
    budget.slow_down("k", 7)
    assert 7.0 <= budget.reserve("k", interactive=True) < 7.2


def test_who_leaves_late_moves_the_others_on(clock_and_budget: Held) -> None:
    _, budget = clock_and_budget
    budget.reserve("k")
    budget.late("k", 0.05)
    assert budget.reserve("k", interactive=True) == pytest.approx(STEP + 0.05, abs=1e-3)


def gap(clock: FrozenClock, budget: DbRateBudget) -> float:
    """The present spacing."""
    clock.advance(timedelta(seconds=60))
    budget.reserve("k", interactive=True)
    return budget.reserve("k", interactive=True)


def test_one_429_costs_little_and_several_find_the_lowered_limit(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    budget.reserve("k")
    budget.slow_down("k")
    budget.slow_down("k")  # of the same burst
    assert gap(clock, budget) == pytest.approx(STEP * 1.1, rel=0.01)
    for _ in range(10):
        budget.speed_up("k")
    assert gap(clock, budget) == pytest.approx(STEP, rel=0.01)
    for _ in range(5):
        clock.advance(timedelta(seconds=1.5))
        budget.slow_down("k")
    budget.speed_up("k")  # too early: the limit was lowered a moment ago
    slowed = budget.reserve("k", interactive=True)
    slowed = budget.reserve("k", interactive=True) - slowed
    assert slowed > 0.4
    clock.advance(timedelta(seconds=13))
    for _ in range(40):
        budget.speed_up("k")
    assert gap(clock, budget) == pytest.approx(STEP, rel=0.01)


def _spend(ready: Ready, url: str, count: int) -> list[float]:
    database = Database(make_engine(url))
    budget, sent = DbRateBudget(database, per_second=50), []
    ready()
    for _ in range(count):
        time.sleep(budget.reserve("shared"))
        sent.append(time.time())
    database.close()
    return sent


def test_several_processes_together_keep_the_rate(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    times = sorted(chain.from_iterable(together(4, _spend, url, 25)))
    # 100 requests at 50 a second with headroom take 99 × 0.02 × HEADROOM seconds at the least.
    assert times[-1] - times[0] >= 99 * HEADROOM / 50 * 0.97
