"""One installation for all tests of this folder: local AMC and scheduler as processes."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.shell import Shell
from tests.worlds import World


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    running = World(tmp_path_factory.mktemp("world"))
    try:
        running.start_sandbox()
        running.json("instances", "sync")
        running.start_scheduler()
        yield running
    finally:
        running.stop()


@pytest.fixture
def sql_file(tmp_path: Path) -> Path:
    path = tmp_path / "query.sql"
    path.write_text(
        "-- impressions by campaign\n"
        "SELECT campaign, campaign_id_string, SUM(impressions) AS impressions\n"
        "FROM dsp_impressions\nGROUP BY 1, 2;\n"
    )
    return path


@pytest.fixture
def shell(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shell]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield Shell(world, tmp_path, monkeypatch, capsys)
    root.handlers[:] = before
    root.setLevel(level)
