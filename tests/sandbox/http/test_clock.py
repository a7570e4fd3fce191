"""The clock of the local AMC: set, frozen, sped up, skewed, remembered."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amc.clock import SystemClock
from amc.sandbox.state import Store
from amc.sandbox.state.clock import AdminClock
from tests.sandbox.site import Site

DAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path)
    yield opened
    opened.close()


def test_without_a_specification_it_is_the_machines(store: Store) -> None:
    assert abs(AdminClock(store).now() - SystemClock().now()) < timedelta(seconds=1)


def test_a_specification_sets_start_and_factor(store: Store) -> None:
    clock = AdminClock(store, "2026-01-01T00:00:00Z*100000")
    first = clock.now()
    SystemClock().sleep(0.02)
    assert clock.now() - first >= timedelta(seconds=2000)
    assert first - DAY < timedelta(days=2)


def test_a_frozen_clock_stands_and_wakes_its_sleepers(store: Store) -> None:
    clock = AdminClock(store)
    clock.change(at=DAY, factor=0)
    assert clock.now() == clock.now() == DAY
    assert clock.real_seconds(1) is None
    done = threading.Event()
    sleeper = threading.Thread(target=lambda: (clock.sleep(60), done.set()))
    sleeper.start()
    assert not done.wait(0.05)
    clock.change(advance_s=59)
    assert not done.wait(0.05)
    clock.change(advance_s=1)
    assert done.wait(5)
    sleeper.join()
    assert clock.now() == DAY + timedelta(seconds=60)


def test_monotonic_time_never_goes_back(store: Store) -> None:
    clock = AdminClock(store)
    first = clock.monotonic()
    clock.change(at=DAY)
    assert clock.monotonic() >= first
    clock.change(advance_s=100)
    assert clock.monotonic() >= first + 100


def test_skew_is_added_and_taken_away(store: Store) -> None:
    clock = AdminClock(store)
    clock.change(at=DAY, factor=0)
    clock.change(skew_s=600)
    assert clock.now() == DAY + timedelta(seconds=600)
    clock.change(at=DAY)
    assert clock.now() == DAY
    clock.change(skew_s=0)
    assert clock.now() == DAY - timedelta(seconds=600)


def test_a_change_is_remembered_unless_a_specification_is_given(tmp_path: Path) -> None:
    first = Store(tmp_path)
    AdminClock(first).change(at=DAY, factor=0)
    first.close()
    second = Store(tmp_path)
    assert AdminClock(second).now() == DAY
    assert AdminClock(second, "2026-06-01T00:00:00Z").now() >= datetime(2026, 6, 1, tzinfo=UTC)
    second.close()


@pytest.mark.parametrize(
    "body",
    [
        {"factor": -1},
        {"now": "yesterday"},
        {"now": "2026-01-01T00:00:00"},
        {"now": "9999-01-01T00:00:00Z"},
        {"unheard": 1},
    ],
)
def test_a_change_that_cannot_be_is_400(site: Site, body: dict[str, object]) -> None:
    assert site.session.put(f"{site.url}/_local/clock", json=body).status_code == 400
