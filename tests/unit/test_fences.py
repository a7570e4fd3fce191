"""The tests themselves: on any day, in any zone, beside a running product."""

import ast
import re
import socket
from pathlib import Path

import pytest

from amc.sandbox.environment import Environment
from amc.settings import ROOT, load_settings
from tests.fences import STANDARD_PORTS, StandardPortError
from tests.worlds import CLOCK, World

_CLOCK = "amc/clock.py"


@pytest.mark.parametrize("port", STANDARD_PORTS)
def test_no_test_binds_or_calls_a_port_of_a_running_product(port: int) -> None:
    with socket.socket() as one, pytest.raises(StandardPortError):
        one.bind(("127.0.0.1", port))
    with socket.socket() as one, pytest.raises(StandardPortError):
        one.connect(("127.0.0.1", port))


def test_an_installation_of_a_test_names_both_its_ports_and_its_time(tmp_path: Path) -> None:
    world = World(tmp_path)
    ports = {world.environment["AMC_SANDBOX_PORT"], world.environment["AMC_APP_PORT"]}
    assert len(ports) == 2
    assert not ports & {str(port) for port in STANDARD_PORTS}
    assert world.environment["AMC_CLOCK"] == CLOCK


def test_a_developers_own_settings_reach_no_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("AMC_APP_PORT=9999\nAMC_SANDBOX_PORT=9998\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().app_port != 9999
    assert Environment().port != 9998


def test_an_installation_does_not_run_where_a_developers_settings_lie(tmp_path: Path) -> None:
    said = World(tmp_path).cli(
        "schedules", "next", "0 8 * * 1", "--zone", "UTC", "--count", "1", "--json"
    )
    # Monday after the Tuesday on which all installations of tests live.
    assert "2026-11-30T08:00:00Z" in said.stdout


def test_ci_runs_a_leap_day_an_hour_before_a_clock_change_and_far_ahead() -> None:
    lines = (ROOT / "Makefile").read_text()
    told = re.findall(r"--moment (\S+) --zone (\S+)", lines)
    assert told == [
        ("2028-02-29T12:00:00Z", "Pacific/Auckland"),
        ("2027-03-14T06:00:00Z", "America/New_York"),
        ("+400d", "Asia/Kolkata"),
    ]
    assert "make test-moments" in (ROOT / ".ci" / "run").read_text()


def _asks_the_time(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            words = ast.unparse(node.func)
            if re.search(r"\b(datetime\.(now|today|utcnow)|date\.today|time\.time)$", words):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {words}")
    return found


def test_only_the_clock_asks_what_time_it_is() -> None:
    product = [*ROOT.glob("*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("amc/**/*.py")]
    assert len(product) > 300
    asking = [line for path in product for line in _asks_the_time(path)]
    assert asking
    assert [line for line in asking if not line.startswith(_CLOCK)] == []
