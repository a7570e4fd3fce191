from datetime import UTC, datetime, timedelta

import pytest

from amc.clock import FrozenClock, ScaledClock, SystemClock, anchored, parse_clock, parse_instant
from amc.errors import SettingsError


def test_an_empty_specification_is_the_system_clock() -> None:
    assert isinstance(parse_clock(""), SystemClock)
    assert isinstance(parse_clock(None), SystemClock)


def test_a_factor_lets_time_run_from_a_chosen_start() -> None:
    anchor = datetime.now(UTC) - timedelta(seconds=10)
    found = parse_clock(f"2026-01-01T00:00:00Z*3600@{anchor.isoformat()}").now()
    # 10 s at 3600 are 10 hours
    assert timedelta(0) <= found - datetime(2026, 1, 1, 10, tzinfo=UTC) < timedelta(hours=1)


def test_two_processes_with_one_anchor_agree() -> None:
    spec = anchored("2026-01-01T00:00:00Z*60")
    assert spec is not None
    assert "@" in spec
    assert abs(parse_clock(spec).now() - parse_clock(spec).now()) < timedelta(seconds=30)
    assert anchored(spec) == spec
    assert anchored("") == ""


@pytest.mark.parametrize(
    "spec",
    ["yesterday", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z*x", "2026-01-01T00:00:00Z*-1"],
)
def test_a_wrong_specification_is_refused_with_a_sentence(spec: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_clock(spec)
    assert len(str(caught.value)) > 20


def test_a_frozen_clock_moves_only_when_told_and_its_sleep_moves_it() -> None:
    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    before = clock.monotonic()
    clock.sleep(90)
    assert clock.now() == datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)
    assert clock.monotonic() - before == 90
    clock.set(datetime(2025, 1, 1, tzinfo=UTC))
    assert clock.monotonic() - before == 90  # monotonic time never goes back


def test_a_scaled_clock_sleeps_real_time_shorter() -> None:
    clock = ScaledClock(datetime(2026, 1, 1, tzinfo=UTC), factor=10_000)
    start = datetime.now(UTC)
    clock.sleep(100)
    assert datetime.now(UTC) - start < timedelta(seconds=5)


def test_an_instant_needs_a_zone() -> None:
    assert parse_instant("2026-03-05T01:00:00+01:00") == datetime(2026, 3, 5, tzinfo=UTC)
    with pytest.raises(SettingsError, match="no time zone"):
        parse_instant("2026-03-05T00:00:00")
