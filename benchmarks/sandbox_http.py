"""The local AMC: its first answer after a start, and its calls with 10,000 executions in store."""

import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from amc.sandbox.world import load_world
from tests.sandbox.site import CLIENT, Site, serving

IN_STORE = 10_000
START_S = 3.0
MOST_RATIO = 3.0
SQL = "SELECT campaign, SUM(impressions) AS impressions FROM sponsored_ads_traffic GROUP BY 1"
BODY = {
    "workflowId": "w",
    "timeWindowType": "EXPLICIT",
    "timeWindowStart": "2026-09-01T00:00:00",
    "timeWindowEnd": "2026-09-08T00:00:00",
}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def local_amc(url: str, world: str, folder: str, clock: str | None = None) -> Iterator[None]:
    """A local AMC in a process of its own; in the block it answers."""
    command = [sys.executable, "-m", "amc.sandbox", "--port", url.rpartition(":")[2],
               "--world", world, "--state-dir", folder,
               *(["--clock", clock] if clock else [])]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        start = time.perf_counter()
        while time.perf_counter() - start < 30:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"{url}/_local/options", timeout=5).raise_for_status()
                break
            time.sleep(0.01)
        yield
    finally:
        process.terminate()
        process.wait(20)


def first_answer_s(world: str, account: tuple[str, str]) -> float:
    """Seconds from the command over an empty state folder to the first list of instances."""
    url = f"http://127.0.0.1:{free_port()}"
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, local_amc(url, world, folder):
        first_list(url, *account)
        return time.perf_counter() - start


def first_list(url: str, entity_id: str, marketplace_id: str) -> None:
    tokens = requests.post(f"{url}/_local/tokens", json={}, timeout=5).json()
    headers = {
        "Authorization": f"Bearer {tokens['access_token']}",
        "Amazon-Advertising-API-ClientId": CLIENT,
        "Amazon-Advertising-API-AdvertiserId": entity_id,
        "Amazon-Advertising-API-MarketplaceId": marketplace_id,
    }
    found = requests.get(f"{url}/amc/instances", headers=headers, timeout=5).json()
    assert found["instances"]


def calls(site: Site) -> dict[str, Callable[[], Any]]:
    """What clients do most."""
    recent = {"minCreationTime": "2020-01-01T00:00:00"}
    made = site.report("POST", "/workflowExecutions", json=BODY).json()["workflowExecutionId"]
    return {
        "POST /workflowExecutions": lambda: site.report("POST", "/workflowExecutions", json=BODY),
        "GET one": lambda: site.report("GET", f"/workflowExecutions/{made}"),
        "GET list, newest": lambda: site.report("GET", "/workflowExecutions", params=recent),
        "GET list of a workflow": lambda: site.report(
            "GET", "/workflowExecutions", params={"workflowId": "w"}
        ),
        "GET list, oldest": lambda: site.report(
            "GET", "/workflowExecutions", params=recent | {"sortAscending": "true"}
        ),
    }


def median_ms(work: Callable[[], Any], repeats: int = 25) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - start)
        assert answer.ok, answer.text
    return statistics.median(times) * 1000


def filled(site: Site, count: int) -> None:
    site.report("POST", "/workflows", json={"workflowId": "w", "sqlQuery": SQL})
    for _ in range(count):
        assert site.report("POST", "/workflowExecutions", json=BODY).ok


def main() -> int:
    good = True
    for world in ("default", "multi-region", "large"):
        last = load_world(world).accounts[-1]
        account = last.entity_id, last.marketplace_id
        value = min(first_answer_s(world, account) for _ in range(3))
        good &= value <= START_S
        print(f"first list of instances, {world:13} {value:6.2f} s  goal {START_S} s")
    # Executions wait for an hour: what is measured is the keeping of them, not their queries.
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        slow = {"pending_s": 3600}
        with serving(Path(few), **slow) as empty, serving(Path(many), **slow) as full:
            filled(empty, 100)
            filled(full, IN_STORE)
            for name, work in calls(full).items():
                value, floor = median_ms(work), median_ms(calls(empty)[name])
                ratio = value / floor
                good &= ratio <= MOST_RATIO
                print(
                    f"{name:25} {value:6.1f} ms with {IN_STORE:,} executions  "
                    f"floor {floor:6.1f} ms with 100  ratio {ratio:4.1f}  goal {MOST_RATIO}"
                )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
