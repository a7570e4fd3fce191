"""Killed processes and lost answers: the judge is the local AMC's own log, never our tables."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from amc.services.executions import RunRequest
from amc.timing.window import Window
from tests.worlds import World, until

INSTANCES = ["amchnfozgta", "amcfo8abayq"]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    running = World(tmp_path, database_url=url, sandbox_args=("--state-delay-ms", "700"))
    try:
        running.start_sandbox()
        with running.services() as built:
            built.connections.connect_by_itself()
            built.instances.sync("t")
        yield running
    finally:
        running.stop()


def submit(world: World, count: int) -> None:
    """So many executions of different texts, each one accepted run of its own."""
    with world.services() as built:
        window = Window.parse("2026-09-01", "2026-09-08")
        for number in range(count):
            sql = (
                f"SELECT campaign, SUM(impressions) + {number} AS n FROM dsp_impressions "
                "GROUP BY campaign"
            )
            built.executions.submit(
                RunRequest(window=window, instance_ids=(INSTANCES[number % 2],), sql=sql), "t"
            )


def all_ready(world: World, count: int) -> bool:
    with world.services() as built:
        found, total = built.executions.page(limit=100)
    assert total == count
    assert not [e for e in found if e.status in ("FAILED", "REJECTED")], found
    return all(e.status == "READY" for e in found)


def test_a_scheduler_killed_in_the_middle_loses_and_doubles_nothing(world: World) -> None:
    submit(world, 10)
    for accepted in (2, 5):
        scheduler = world.start_scheduler()
        until(lambda n=accepted: len(world.truth()) >= n, what="some submissions", every=0.02)
        scheduler.send_signal(signal.SIGKILL)
        scheduler.wait()
    world.start_scheduler()
    until(lambda: all_ready(world, 10), 120, "all ten to end READY", every=1.0)
    assert len(world.truth()) == 10


def test_a_lost_answer_is_found_in_the_list_and_not_sent_again(world: World) -> None:
    answer = requests.post(
        f"{world.url}/_local/faults",
        json={"kind": "lost_answer", "route": "POST */workflowExecutions", "count": 2},
        timeout=10,
    )
    assert answer.ok, answer.text
    submit(world, 4)
    world.start_scheduler()
    until(lambda: all_ready(world, 4), 120, "all four to end READY", every=1.0)
    assert len(world.truth()) == 4
