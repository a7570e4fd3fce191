"""`python -m amc.sandbox`: start, restart, kill, several side by side, clear refusals."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.sandbox.http.scenarios import ADHOC, EXPLICIT
from tests.sandbox.site import CLIENT, EVENTS, Site, eventually


class Process:
    """A local AMC in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "amc.sandbox", "--port", "0", "--state-dir", str(folder)]
        command += ["--cache-dir", str(EVENTS)]
        self.process = subprocess.Popen(
            [*command, "--rate", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, self.process.communicate()
        self.url = found.group()

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, sign: int = signal.SIGTERM) -> int:
        self.process.send_signal(sign)
        self.process.communicate(timeout=20)
        return self.process.returncode


@contextmanager
def process(folder: Path, *arguments: str) -> Iterator[Process]:
    running = Process(folder, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()


def headers(url: str, instance: str = "amchnfozgta") -> dict[str, str]:
    tokens = requests.post(f"{url}/_local/tokens", json={}, timeout=10).json()
    both = {
        "Amazon-Advertising-API-ClientId": CLIENT,
        "Authorization": f"Bearer {tokens['access_token']}",
    }
    accounts = requests.get(f"{url}/amc/accounts", headers=both, timeout=10).json()["amcAccounts"]
    for account in accounts:
        full = both | {
            "Amazon-Advertising-API-AdvertiserId": account["accountId"],
            "Amazon-Advertising-API-MarketplaceId": account["marketplaceId"],
        }
        if requests.get(f"{url}/amc/instances/{instance}", headers=full, timeout=10).ok:
            return full
    raise AssertionError(instance)


def test_it_answers_within_three_seconds_and_ends_cleanly(tmp_path: Path) -> None:
    with process(tmp_path) as running:
        answer = requests.get(f"{running.url}/_local/health", timeout=10)
        # Processor time: what a start costs, however busy the machine is.
        assert running.cpu_seconds() < 3
        assert answer.json()["status"] == "ok"
        assert running.end(signal.SIGTERM) == 0
    with process(tmp_path) as running:
        requests.get(f"{running.url}/_local/health", timeout=10)
        assert running.end(signal.SIGINT) == 0


def test_a_killed_server_carries_on_and_loses_nothing(tmp_path: Path) -> None:
    base = "/amc/reporting/amchnfozgta/workflowExecutions"
    body = {"workflow": {"sqlQuery": ADHOC}, **EXPLICIT, "requireSyntheticData": True}
    with process(tmp_path, "--state-delay-ms", "3000") as running:
        sent = headers(running.url)
        made = [
            requests.post(running.url + base, headers=sent, json=body, timeout=10).json()
            for _ in range(3)
        ]
        running.end(signal.SIGKILL)
    with process(tmp_path, "--state-delay-ms", "0") as running:
        for execution in made:
            url = f"{running.url}{base}/{execution['workflowExecutionId']}"
            eventually(
                lambda url=url: (
                    requests.get(url, headers=sent, timeout=10).json()["status"] == "SUCCEEDED"
                ),
                "the execution to be carried on",
            )
        log = requests.get(f"{running.url}/_local/log/executions", timeout=10).json()["executions"]
        assert [line["execution_id"] for line in log] == [
            item["workflowExecutionId"] for item in made
        ]
        assert {line["outcome"] for line in log} == {"SUCCEEDED"}
        running.end()
    with process(tmp_path, "--reset") as running:
        log = requests.get(f"{running.url}/_local/log/executions", timeout=10).json()
        assert log == {"executions": []}


def test_two_side_by_side_know_nothing_of_each_other(tmp_path: Path) -> None:
    with process(tmp_path / "a") as first, process(tmp_path / "b") as second:
        sent = headers(first.url)
        assert (
            requests.get(f"{second.url}/amc/accounts", headers=sent, timeout=10).status_code == 401
        )


def test_the_clock_of_the_command_line(tmp_path: Path) -> None:
    with process(tmp_path, "--clock", "2026-01-01T00:00:00Z*3600") as running:
        shown = requests.get(f"{running.url}/_local/clock", timeout=10).json()
        assert shown["factor"] == 3600
        assert shown["now"].startswith("2026-01-01T")


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "amc.sandbox", *arguments],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} is taken" in refused("--port", port, "--state-dir", str(tmp_path))


def test_a_state_folder_in_use_is_named(tmp_path: Path) -> None:
    with process(tmp_path):
        assert "Another local AMC" in refused("--port", "0", "--state-dir", str(tmp_path))


def test_a_state_folder_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert str(file) in refused("--port", "0", "--state-dir", str(file / "below"))


def test_a_state_folder_that_cannot_be_made_is_named() -> None:
    # Nobody, not even root, makes folders there.
    assert "/proc/amc-sandbox" in refused("--port", "0", "--state-dir", "/proc/amc-sandbox")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--world", "nowhere"), "nowhere"),
        (("--clock", "yesterday"), "yesterday"),
        (("--option", "nope=1"), "nope"),
        (("--rate", "-1"), "rate_per_s"),
        (("--client", "half"), "half"),
        (("--port", "70000"), "65535"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], word: str
) -> None:
    assert word in refused("--port", "0", "--state-dir", str(tmp_path), *arguments)


def test_more_clients_by_the_command_line(tmp_path: Path) -> None:
    with process(tmp_path, "--client", "other:hush:https://app.example.com/cb") as running:
        form = {"grant_type": "refresh_token", "client_id": "other", "client_secret": "hush",
                "refresh_token": "x"}  # fmt: skip
        answer = requests.post(f"{running.url}/auth/o2/token", data=form, timeout=10)
        assert answer.json()["error"] == "invalid_grant"


def test_the_state_survives_in_process_too(own_site: Site) -> None:
    saved = {"workflowId": "kept", "sqlQuery": ADHOC}
    assert own_site.report("POST", "/workflows", json=saved).ok
    assert own_site.sandbox.workflows.get(own_site.instance_id(), "kept") == saved
    own_site.local("POST", "/reset")
    own_site.tokens = {}
    assert own_site.report("GET", "/workflows").json() == {"workflows": []}


def test_port_and_folder_come_from_the_environment_that_the_product_reads(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {"AMC_SANDBOX_PORT": str(port), "AMC_DATA_DIR": str(tmp_path / "data")}
    running = subprocess.Popen(
        [sys.executable, "-m", "amc.sandbox"],
        env=os.environ | given,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        assert f"http://127.0.0.1:{port}" in running.stdout.readline()
        assert list((tmp_path / "data" / "sandbox").iterdir())
    finally:
        running.terminate()
        running.communicate(timeout=20)


def test_a_wrong_port_in_the_environment_is_named(tmp_path: Path) -> None:
    given = {"AMC_SANDBOX_PORT": "eighty", "AMC_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "amc.sandbox"],
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "AMC_SANDBOX_PORT" in done.stderr
    assert "Traceback" not in done.stderr
