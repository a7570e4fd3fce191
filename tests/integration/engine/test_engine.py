import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from amc.db.engine import Database
from amc.engine.queue import WorkQueue
from amc.engine.worker import Worker


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def test_work_is_done_once_and_only_when_its_transaction_commits(
    database: Database, tmp_path: Path
) -> None:
    done: list[int] = []
    failed: list[int] = []

    def fail(payload: dict[str, int]) -> None:
        failed.append(payload["n"])
        raise ValueError("on purpose")

    worker = Worker(
        database,
        {"note": lambda p: done.append(p["n"]), "fail": fail},
        lock_dir=tmp_path / "locks",
        workers=4,
        poll_s=0.05,
    )
    queue = WorkQueue(database)
    worker.start()
    try:
        with database.write() as session:
            for number in range(20):
                queue.enqueue(session, "note", f"k{number}", {"n": number})
                queue.enqueue(session, "note", f"k{number}", {"n": 1000})
        with pytest.raises(RuntimeError), database.write() as session:
            queue.enqueue(session, "note", "rolled-back", {"n": -1})
            raise RuntimeError
        with database.write() as session:
            queue.enqueue(session, "fail", "bad", {"n": 7})
        until(lambda: len(done) == 20 and failed == [7])
        with database.write() as session:
            # An id that ended, even in an error, never runs again.
            queue.enqueue(session, "note", "k3", {"n": 3})
            queue.enqueue(session, "fail", "bad", {"n": 7})
            queue.enqueue(session, "note", "last", {"n": 99})
        until(lambda: 99 in done)
        assert sorted(done) == [*range(20), 99]
        assert failed == [7]
    finally:
        worker.stop()
        queue.close()


_CHILD = """
import sys, time
from pathlib import Path
from amc.db.engine import Database, make_engine
from amc.engine.worker import Worker
from amc.log import configure
configure(level="ERROR")
url, folder, block = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "block"
def step(payload):
    (folder / f"started-{payload['n']}").touch()
    if block:
        time.sleep(600)
    (folder / f"done-{payload['n']}").touch()
worker = Worker(Database(make_engine(url)), {"x": step}, lock_dir=folder / "locks", workers=4,
                poll_s=0.05)
worker.start()
print("ready", flush=True)
time.sleep(600)
"""


def _child(url: str, folder: Path, mode: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url, str(folder), mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_what_a_killed_worker_had_under_way_is_done_after_its_restart(
    database: Database, tmp_path: Path
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    queue = WorkQueue(database)
    first = _child(url, tmp_path, "block")
    try:
        with database.write() as session:
            for number in range(3):
                queue.enqueue(session, "x", f"k{number}", {"n": number})
        until(lambda: len(list(tmp_path.glob("started-*"))) == 3)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert first.stdout is not None
        first.stdout.close()
    second = _child(url, tmp_path, "go")
    try:
        until(lambda: len(list(tmp_path.glob("done-*"))) == 3)
    finally:
        second.kill()
        second.wait()
        assert second.stdout is not None
        second.stdout.close()
        queue.close()
