"""The engine's tables: made at every start that finds them missing, by one process at a time."""

import subprocess
import sys
from pathlib import Path

from amc.clock import SystemClock
from amc.container import open_database
from amc.db import migrate
from amc.db.engine import Database, make_engine
from amc.engine import queue
from amc.settings import ROOT, Settings
from tests.conftest import NOW

OPEN = """
from amc.clock import SystemClock
from amc.container import open_database
from amc.engine import queue
from amc.settings import load_settings
database = open_database(load_settings(), SystemClock())
print(queue._tables_version(database))
"""


def test_the_known_version_is_that_of_the_pinned_dbos() -> None:
    from dbos._migration import get_dbos_migrations, sqlite_migrations

    assert len(sqlite_migrations) == queue.TABLES
    assert len(get_dbos_migrations(queue.SCHEMA, False)) == queue.TABLES


def test_what_a_process_that_died_left_out_is_made_at_the_next_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'amc.db'}"
    half = Database(make_engine(url))
    migrate.upgrade(half, now=NOW)
    assert queue._tables_version(half) == 0
    half.close()
    settings = Settings(data_dir=tmp_path, database_url=url)
    whole = open_database(settings, SystemClock())
    assert queue._tables_version(whole) == queue.TABLES
    whole.close()


def test_processes_that_open_a_new_database_at_once_all_find_everything(tmp_path: Path) -> None:
    environment = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "AMC_DATA_DIR": str(tmp_path),
        "HOME": str(tmp_path),
    }  # fmt: skip
    opened = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=120)[0].splitlines()[-1:] for process in opened]
    assert answers == [[str(queue.TABLES)]] * 4
