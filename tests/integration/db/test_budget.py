import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, pairwise
from pathlib import Path
from random import Random

import pytest

from amc.clock import FrozenClock
from amc.db.budget import AHEAD_S, DbRateBudget
from amc.db.engine import Database, make_engine
from amc.db.pacing import SPACING, UNANSWERED_S, WINDOW
from tests.conftest import NOW, open_test_database
from tests.processes import Ready, together

STEP = SPACING / 10


@pytest.fixture
def clock_and_budget(tmp_path: Path) -> Iterator[tuple[FrozenClock, DbRateBudget]]:
    """SQLite: on PostgreSQL the server's own clock counts; see the test with processes."""
    database = open_test_database(f"sqlite:///{tmp_path / 'amc.db'}")
    clock = FrozenClock(NOW)
    yield clock, DbRateBudget(database, per_second=10, clock=clock, pace=clock)
    database.close()


Held = tuple[FrozenClock, DbRateBudget]


def wait_of(budget: DbRateBudget) -> float:
    """How long a person's call waits for its place."""
    turn = budget.reserve("k", interactive=True)
    assert turn.taken
    return turn.wait_s


def test_requests_are_spaced(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    waits = [wait_of(budget) for _ in range(4)]
    assert waits == pytest.approx([0.0, STEP, 2 * STEP, 3 * STEP], abs=1e-4)
    clock.advance(timedelta(seconds=60))
    # An idle minute earns no burst.
    assert [wait_of(budget), wait_of(budget)] == pytest.approx([0.0, STEP], abs=1e-4)


def test_background_work_paces_itself_without_holding_places(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    sent = []
    for _ in range(40):
        turn = budget.reserve("k")  # moves the clock while it waits
        turn.reached(0.0)
        sent.append(clock.monotonic() + turn.wait_s)
    assert all(later - earlier > STEP - 1e-3 for earlier, later in pairwise(sent))
    assert sent[30] - sent[0] == pytest.approx(3 * WINDOW, abs=1e-3)
    assert sent[-1] - clock.monotonic() <= AHEAD_S + 1e-6


def test_a_persons_call_passes_a_long_queue_of_background_work(clock_and_budget: Held) -> None:
    _, budget = clock_and_budget
    for _ in range(50):
        budget.reserve("k").reached(0.0)
    assert wait_of(budget) <= AHEAD_S + 0.2 + 1e-6


def test_who_has_no_patience_takes_no_place(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    budget.reserve("k")
    budget.slow_down("k", 300)
    for interactive in (True, False) * 5:
        turn = budget.reserve("k", interactive=interactive, patience_s=20)
        assert not turn.taken
        assert turn.wait_s > 20
    clock.advance(timedelta(seconds=300))
    assert budget.reserve("k").wait_s == pytest.approx(0.0, abs=0.01)


def test_after_a_429_everybody_waits_as_long_as_amazon_asks(clock_and_budget: Held) -> None:
    _, budget = clock_and_budget
    budget.reserve("k")
    budget.slow_down("k", 7)
    assert 7.0 <= wait_of(budget) < 7.2


def test_a_late_request_holds_back_the_tenth_after_it(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    first = clock.monotonic()
    turn = budget.reserve("k", interactive=True)
    clock.sleep(0.08)
    turn.reached(0.08)
    at = []
    for _ in range(11):
        turn = budget.reserve("k", interactive=True)
        turn.reached(0.0)
        at.append(clock.monotonic() + turn.wait_s - first)
    even = [STEP * number for number in range(1, 12)]
    even[9] = 0.08 + WINDOW  # a whole second after the late one arrived
    even[10] = even[9] + STEP
    assert at == pytest.approx(even, abs=4e-3)


def test_a_request_without_an_answer_is_taken_to_be_on_its_way(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    first = clock.monotonic()
    at = [clock.monotonic() + wait_of(budget) - first for _ in range(11)]
    assert at[10] >= UNANSWERED_S + 1.0


def test_however_late_they_leave_ten_at_most_arrive_in_a_second(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    late, arrived = Random(7), []
    for _ in range(300):
        turn = budget.reserve("k")
        clock.sleep(max(0.0, turn.wait_s))
        after = late.choice([0.0, 0.004, 0.009, 0.03, 0.06, 0.25]) - min(0.0, turn.wait_s)
        turn.reached(after)
        arrived.append(clock.monotonic() + after)
    arrived.sort()
    gaps = [later - earlier for earlier, later in zip(arrived, arrived[10:], strict=False)]
    assert min(gaps) >= 1.0
    # Each was 0.06 s late on average: that costs a tenth of it, not all of it.
    assert 299 / (arrived[-1] - arrived[0]) > 9.2


def gap(clock: FrozenClock, budget: DbRateBudget) -> float:
    """The present spacing."""
    clock.advance(timedelta(seconds=60))
    waits = [wait_of(budget) for _ in range(6)]
    return waits[-1] - waits[-2]


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
    slowed = wait_of(budget)
    slowed = wait_of(budget) - slowed
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
        time.sleep(max(0.0, budget.reserve("shared").wait_s))
        sent.append(time.time())
    database.close()
    return sent


def test_several_processes_together_keep_the_rate(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    times = sorted(chain.from_iterable(together(4, _spend, url, 25)))
    # At 50 a second there are 20 places in 0.4 s: the hundredth comes after four of these.
    assert times[-1] - times[0] >= 4 * 20 / 50


def test_places_taken_by_a_clock_that_was_ahead_are_void(clock_and_budget: Held) -> None:
    clock, budget = clock_and_budget
    clock.advance(timedelta(hours=2))
    budget.reserve("k", interactive=True)
    budget.slow_down("k", 30)
    clock.set(NOW)
    assert budget.reserve("k", interactive=True).wait_s > 7000, "what the test is about"
    budget.clock_was_set_back()
    assert budget.reserve("k", interactive=True).wait_s == 0.0
