"""Killed processes and lost answers: the judge is the local AMC's own log, never our tables."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.worlds import World, until

INSTANCES = ["amchnfozgta", "amcfo8abayq"]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    running = World(tmp_path, database_url=url, sandbox_args=("--state-delay-ms", "700"))
    try:
        running.start_sandbox()
        running.json("instances", "sync")
        yield running
    finally:
        running.stop()


def submit(world: World, count: int) -> list[str]:
    """So many executions of different texts, so that each is one accepted run of its own."""
    ids: list[str] = []
    for number in range(count):
        sql = (
            f"SELECT campaign, SUM(impressions) + {number} AS n FROM dsp_impressions "
            "GROUP BY campaign"
        )
        done = world.json(
            "sql",
            "run",
            "-",
            "--instance",
            INSTANCES[number % 2],
            "--start",
            "2026-09-01",
            "--end",
            "2026-09-08",
            text=sql,
        )
        ids += [e["id"] for e in done["executions"]]
    return ids


def all_ready(world: World) -> bool:
    found = world.json("executions", "list", "--limit", "100")["executions"]
    assert not [e for e in found if e["status"] in ("FAILED", "REJECTED")], found
    return all(e["status"] == "READY" for e in found)


def test_a_scheduler_killed_in_the_middle_loses_and_doubles_nothing(world: World) -> None:
    ids = submit(world, 10)
    for accepted in (2, 5):
        scheduler = world.start_scheduler()
        until(lambda n=accepted: len(world.truth()) >= n, what="some submissions", every=0.02)
        scheduler.send_signal(signal.SIGKILL)
        scheduler.wait()
    world.start_scheduler()
    until(lambda: all_ready(world), 120, "all ten to end READY", every=1.0)
    assert len(ids) == 10
    assert len(world.truth()) == 10


def test_a_lost_answer_is_found_in_the_list_and_not_sent_again(world: World) -> None:
    answer = requests.post(
        f"{world.url}/_local/faults",
        json={"kind": "lost_answer", "route": "workflowExecutions", "method": "POST", "count": 2},
        timeout=10,
    )
    assert answer.ok, answer.text
    submit(world, 4)
    world.start_scheduler()
    until(lambda: all_ready(world), 120, "all four to end READY", every=1.0)
    assert len(world.truth()) == 4
