"""Another moment and zone for the whole run: what holds today must hold on any day.

`pytest --moment 2028-02-29T12:00:00Z --zone Pacific/Auckland` has this process live then and there,
with a clock that goes on. Only in process: a child process sees the machine's time, so the tests
that are run at other moments (marker `dates`) are those that need none.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

# The rooms whose tests read the clock or a zone and start no process of their own.
ROOMS = (
    "tests/integration/services",
    "tests/pages",
    "tests/unit/api",
    "tests/unit/auth",
    "tests/unit/charts",
    "tests/unit/results",
    "tests/unit/services",
    "tests/unit/templates",
    "tests/unit/test_clock.py",
    "tests/unit/test_moments.py",
    "tests/unit/test_log.py",
    "tests/unit/test_scheduler_clock.py",
    "tests/unit/test_settings.py",
    "tests/unit/timing",
    "tests/unit/ui",
)

_traveller = pytest.StashKey[time_machine.travel]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("moments")
    group.addoption("--moment", default="", help="instant to live at, or +400d for days ahead")
    group.addoption("--zone", default="", help="IANA zone of the machine")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "dates: reads the clock or a zone; run at other moments too")
    if zone := config.getoption("--zone"):
        os.environ["TZ"] = zone
        time.tzset()
    if moment := config.getoption("--moment"):
        # A number: an instant with a zone would bring its zone along.
        at = parse_moment(moment, datetime.now(UTC)).timestamp()
        traveller = time_machine.travel(at, tick=True)
        traveller.start()
        config.stash[_traveller] = traveller


def pytest_unconfigure(config: pytest.Config) -> None:
    if (traveller := config.stash.get(_traveller, None)) is not None:
        traveller.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    root = config.rootpath
    for item in items:
        if is_of_dates(item.path.relative_to(root)):
            item.add_marker(pytest.mark.dates)


def is_of_dates(path: Path) -> bool:
    """Whether the tests of a file are run at the other moments too."""
    return any(path.is_relative_to(room) for room in ROOMS)


def parse_moment(text: str, now: datetime) -> datetime:
    """An instant such as `2028-02-29T12:00:00Z`, or `+400d` for so many days from now."""
    if text.startswith("+") and text.endswith("d"):
        return now + timedelta(days=int(text[1:-1]))
    return datetime.fromisoformat(text).astimezone(UTC)
