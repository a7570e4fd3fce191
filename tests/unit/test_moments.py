"""Where and when a run of the tests lives."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amc.settings import ROOT
from tests.moments import ROOMS, is_of_dates, parse_moment


def test_moments_are_instants_or_days_ahead() -> None:
    now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert parse_moment("2028-02-29T12:00:00Z", now) == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert parse_moment("+400d", now) == datetime(2028, 1, 5, 9, tzinfo=UTC)


def test_this_process_lives_where_it_was_told_to(pytestconfig: pytest.Config) -> None:
    zone, moment = pytestconfig.getoption("--zone"), pytestconfig.getoption("--moment")
    if zone:
        assert time.tzname == _names_in(zone)
    if moment and not moment.startswith("+"):
        begun = parse_moment(moment, datetime.now(UTC))
        assert 0 <= (datetime.now(UTC) - begun).total_seconds() < 7200
    assert all((ROOT / room).exists() for room in ROOMS)
    assert is_of_dates(Path("tests/pages/test_schedules.py"))
    assert not is_of_dates(Path("tests/chaos/test_kill.py"))


def _names_in(zone: str) -> tuple[str, str]:
    return {
        "Pacific/Auckland": ("NZST", "NZDT"),
        "America/New_York": ("EST", "EDT"),
        "Asia/Kolkata": ("IST", "IST"),
    }[zone]
