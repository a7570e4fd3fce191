"""An older backup put back under real processes, judged by the local AMC's own log."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from amc.db.models import Schedule
from amc.db.repos import executions as repo
from amc.services.executions import RunRequest
from amc.services.schedules import ScheduleDraft
from amc.timing.window import Window
from tests.chaos.site import INSTANCES, PATIENCE_S
from tests.worlds import World, until

SQL = "SELECT campaign, SUM(impressions) + {} AS n FROM dsp_impressions GROUP BY campaign"
ADOPTED = "found in Amazon's list: sent before a backup was put back"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    running = World(tmp_path / "data", extra={"AMC_POLL_MAX_S": "2"})
    running.data_dir.mkdir()
    try:
        running.start_sandbox()
        running.json("instances", "sync")
        yield running
    finally:
        running.stop()


def submit(world: World, *numbers: int) -> list[str]:
    """A run by hand for each number, of a text of its own."""
    with world.services() as built:
        runs = [
            built.executions.submit(
                RunRequest(
                    window=Window.parse("2026-09-01", "2026-09-08"),
                    instance_ids=(INSTANCES[number % 2],),
                    sql=SQL.format(number),
                ),
                "t",
            )
            for number in numbers
        ]
    return [run.executions[0].id for run in runs]


def a_slot_that_was_missed(world: World) -> None:
    """A daily schedule whose slot came twelve hours ago: whichever scheduler starts fires it."""
    with world.services() as built:
        now = built.clock.now()
        made = built.schedules.create(
            "t",
            ScheduleDraft(
                name="Daily",
                cron=f"0 {(now.hour + 12) % 24} * * *",
                zone="UTC",
                window_rule="last-7-days",
                sql=SQL.format(99),
                instance_ids=INSTANCES,
                missed="latest",
                catch_up_limit_s=86_400,
            ),
        )
        with built.database.write() as session:
            row = session.query(Schedule).filter_by(public_id=made.id).one()
            row.accounted_until = now - timedelta(hours=23)
            row.next_slot_at = now - timedelta(hours=12)


def live_through(world: World, accepted: int) -> list[str]:
    """A scheduler from its start to its end: so many accepted at Amazon, and all READY here."""
    scheduler = world.start_scheduler()
    with world.services() as built:

        def ended() -> list[str]:
            found = built.executions.page(limit=100)[0]
            assert not [e for e in found if e.status in ("FAILED", "REJECTED", "CANCELLED")], found
            done = [e.id for e in found if e.status == "READY"]
            return done if len(done) == len(found) and len(done) >= accepted else []

        done: list[str] = until(ended, PATIENCE_S, "the end of all", every=0.3)
    world.stop([scheduler])
    assert len(world.truth()) == accepted, "lost or doubled"
    return done


def by_command(world: World, backup: Path) -> None:
    said = world.json("db", "restore", str(backup))
    assert Path(said["kept"], "amc.db").is_file()


def by_hand(world: World, backup: Path) -> None:
    """As somebody does who does not know the command."""
    for left in world.data_dir.glob("amc.db-*"):
        left.unlink()
    shutil.copyfile(backup, world.data_dir / "amc.db")


@pytest.mark.parametrize(
    ("way", "had_run"), [(by_command, False), (by_hand, False), (by_hand, True)]
)
def test_nothing_that_was_sent_since_the_backup_is_sent_again(
    world: World, way: Callable[[World, Path], None], had_run: bool
) -> None:
    before = 0
    if had_run:
        submit(world, 50)
        live_through(world, 1)
        before = 1
    submit(world, 1, 2, 2)  # two of them alike
    a_slot_that_was_missed(world)
    backup = Path(world.json("db", "backup")["file"])
    submit(world, 7)  # of which the backup knows nothing
    scheduler = world.start_scheduler()
    refused = world.cli("db", "restore", str(backup), check=False)
    assert refused.returncode == 2
    assert f"the scheduler (process {scheduler.pid})" in refused.stderr
    world.stop([scheduler])
    live_through(world, before + 6)

    way(world, backup)
    submit(world, 7)  # somebody misses it, and starts it again
    ready = live_through(world, before + 6)
    with world.services() as built:
        texts = [
            [e.text for e in built.executions.detail(name).events].count(ADOPTED) for name in ready
        ]
        assert sum(texts) == 6
        assert built.restores.current() is not None
        with built.database.read() as session:
            rows = [repo.row(session, name) for name in ready]
        assert all(row is not None and row.result_uri and row.rows for row in rows)
    # What is started again on purpose is sent.
    submit(world, 7)
    live_through(world, before + 7)
