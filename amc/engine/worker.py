"""Carrying steps out."""

import contextlib
import fcntl
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from amc.db.engine import Database
from amc.engine.queue import APPLICATION, APPLICATION_VERSION, QUEUE, SCHEMA, STEP, engine_url
from amc.log import get_logger

log = get_logger(__name__)

Step = Callable[[dict[str, Any]], None]

_steps: dict[str, Step] = {}


@DBOS.workflow(name=STEP)
def _run_step(step: str, payload: dict[str, Any]) -> None:
    function = _steps.get(step)
    if function is None:
        log.error("unknown step", action="engine.unknown_step", step=step)
        return
    try:
        function(payload)
    except Exception:
        # The step's own row still says when it is due again, so nothing is lost: the sweep
        # enqueues it anew. Here only the traceback is kept.
        log.exception("step failed", action="engine.step_failed", step=step, payload=payload)
        raise


class Worker:
    """Takes steps from the queue and runs them, several at a time."""

    def __init__(
        self,
        database: Database,
        steps: Mapping[str, Step],
        *,
        lock_dir: Path,
        workers: int,
        poll_s: float,
    ) -> None:
        """Args are kept; nothing runs before `start`.

        Args:
            database: the application's database; the engine's tables live in it.
            steps: name → function.
            lock_dir: where executors of this machine keep their places.
            workers: steps at the same time.
            poll_s: how often the queue is looked at.
        """
        self._database, self._workers, self._poll_s = database, workers, poll_s
        self._lock_dir = lock_dir
        self._lock: IO[str] | None = None
        self.executor_id = ""
        _steps.update(steps)

    def start(self) -> None:
        """Begin, first with what a dead process in the same place had under way."""
        self.executor_id, self._lock = _take_place(self._lock_dir)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": engine_url(self._database),
            "dbos_system_schema": SCHEMA,
            "serializer": DBOSPortableJSONSerializer(),
            "executor_id": self.executor_id,
            "application_version": APPLICATION_VERSION,
            "use_listen_notify": False,
            "run_migrations": False,
            "enable_otlp": False,
            "log_level": "WARNING",
            "console_log_level": "WARNING",
            "max_executor_threads": self._workers + 8,
        }
        DBOS(config=config)
        # Its records go through our own handler, which masks secrets.
        dbos_log = logging.getLogger("dbos")
        dbos_log.handlers.clear()
        dbos_log.propagate = True
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self._workers,
            polling_interval_sec=self._poll_s,
            on_conflict="always_update",
        )
        log.info("worker started", action="engine.start", executor=self.executor_id)

    def stop(self, *, wait_s: int = 3) -> None:
        """End: what is under way may finish for some seconds; the rest is taken up again later."""
        DBOS.destroy(workflow_completion_timeout_sec=wait_s)
        if self._lock is not None:
            self._lock.close()
        log.info("worker stopped", action="engine.stop", executor=self.executor_id)


def _take_place(lock_dir: Path) -> tuple[str, IO[str]]:
    """The first free place of this machine: whoever had it before is surely dead.

    The kernel lets go of the lock when a process dies, however it dies, so the same place means
    the same executor id, and the engine takes up again what its predecessor left.
    """
    lock_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = 0
    while True:
        number += 1
        file = (lock_dir / f"executor-{number}.lock").open("w")
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return f"{socket.gethostname()}-{number}", file
        file.close()
