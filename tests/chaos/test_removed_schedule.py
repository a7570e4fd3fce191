"""A removed schedule stops no other, with a scheduler of its own process."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from amc.services.schedules import ScheduleDraft
from tests.worlds import World, until

SQL = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, sandbox_args=("--state-delay-ms", "50"))
    yield made
    made.stop()


def test_removed_added_again_and_ten_ticks_later_both_fire(world: World) -> None:
    """Slots come by moving the accounted instant back: a minute of waiting each would be real."""
    world.start_sandbox()
    with world.services() as built:
        built.connections.connect_by_itself()
        built.instances.sync("t")
        ids = [row.instance_id for row in built.instances.all()][:3]

        def add(name: str, instance: str) -> str:
            return built.schedules.create(
                "t",
                ScheduleDraft(
                    name=name, cron="* * * * *", zone="UTC", window_rule="last-7-days", sql=SQL,
                    instance_ids=(instance,), missed="all", overlap="allow",
                ),
            ).id  # fmt: skip

        def come(*schedules: str, minutes: int) -> None:
            at = built.clock.now() - timedelta(minutes=minutes)
            with built.database.write() as session:
                for one in schedules:
                    session.execute(
                        text("UPDATE schedules SET accounted_until = :a, next_slot_at = :a"
                             " WHERE public_id = :p"),
                        {"a": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "p": one},
                    )  # fmt: skip

        def ran(schedule: str) -> int:
            return sum(s.fleet_run_id is not None for s in built.schedules.history(schedule, 500))

        gone = add("Gone", ids[0])
        come(gone, minutes=1)
        world.start_scheduler()
        until(lambda: ran(gone), what="the first firing")
        built.schedules.remove("t", gone)
        world.stop(world.processes[1:])
        world.start("-m", "tests.chaos.aching_scheduler", "Failing", name="aching")
        same, other, aching = (add("Same", ids[0]), add("Other", ids[1]), add("Aching", ids[2]))
        failing = add("Failing", ids[2])
        with built.database.write() as session:
            session.execute(
                text("UPDATE schedules SET targets = 'null' WHERE public_id = :p"), {"p": aching}
            )
        come(same, other, aching, failing, minutes=10)
        until(lambda: ran(same) >= 10 and ran(other) >= 10, what="ten slots of both")
        until(lambda: built.schedules.get(aching).broken, what="the mark on the third")
        until(built.health.failing_jobs, what="a word about the fourth")
        [job] = built.health.failing_jobs()
        assert (job.job, "'Failing': RuntimeError: nobody foresaw this" in job.reason) == (
            "tick", True,
        )  # fmt: skip
        assert ran(failing) == 0
        answer = world.cli("doctor", "--json", check=False).stdout
    checks: list[dict[str, Any]] = json.loads(answer)["checks"]
    [told] = [c for c in checks if c["name"] == "schedule Aching"]
    assert "targets" in told["message"]
    [told] = [c for c in checks if c["name"] == "job tick"]
    assert "'Failing'" in told["message"]

    # By the local AMC's own log: ten slots of each of the two, one of the removed, of others none.
    def sent() -> Counter[str]:
        return Counter(one["instance_id"] for one in world.truth())

    until(lambda: sent()[ids[0]] >= 11 and sent()[ids[1]] >= 10, what="all submissions")
    assert sent()[ids[2]] == 0
