"""A DuckDB connection of one execution: limited, locked down, and really interruptible."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from amc.clock import SystemClock
from amc.sandbox.query.errors import RunCancelledError, RunTimedOutError
from amc.sql.duckdb import register_functions

_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use; `folders` are where its data lies."""

    memory: str = "1GB"
    threads: int = 1
    temp_dir: Path | None = None
    folders: tuple[Path, ...] = ()


def locked_connection(limits: Limits) -> duckdb.DuckDBPyConnection:
    """A fresh in-memory database that reads its folders and nothing else, for good."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    folders = [str(folder) for folder in limits.folders]
    if limits.temp_dir is not None:
        limits.temp_dir.mkdir(parents=True, exist_ok=True)
        connection.execute(f"SET temp_directory = {_text(str(limits.temp_dir))}")
    if folders:
        listed = ", ".join(_text(folder) for folder in folders)
        connection.execute(f"SET allowed_directories = [{listed}]")
        connection.execute("SET enable_external_access = false")
    register_functions(connection)
    connection.execute("SET lock_configuration = true")
    return connection


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


class Guard:
    """Watches a running query: interrupts it when it is cancelled or out of time."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        cancel: threading.Event | None,
        timeout_s: float | None,
    ) -> None:
        """Time counts from now, in real seconds."""
        self._connection, self._cancel = connection, cancel
        self._clock, self._timeout = SystemClock(), timeout_s
        self._started = self._clock.monotonic()
        self._done = threading.Event()
        self._ended_by: str | None = None

    @property
    def seconds(self) -> float:
        """How long it has been."""
        return self._clock.monotonic() - self._started

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Run the block under watch.

        Raises:
            RunCancelledError: the cancel event was set.
            RunTimedOutError: the time was over.
        """
        watcher = threading.Thread(target=self._watch, name="query-guard", daemon=True)
        watcher.start()
        try:
            yield
        except duckdb.InterruptException:
            self.check()
            raise RunCancelledError("The query was interrupted.") from None
        finally:
            self._done.set()
            watcher.join()

    def check(self) -> None:
        """Between two batches: stop when it is time to.

        Raises:
            RunCancelledError, RunTimedOutError: as in `watching`.
        """
        self._look()
        if self._ended_by == "cancel":
            raise RunCancelledError("The query was cancelled.")
        if self._ended_by == "timeout":
            raise RunTimedOutError(f"The query ran longer than {self._timeout:g} seconds.")

    def _look(self) -> bool:
        if self._cancel is not None and self._cancel.is_set():
            self._ended_by = self._ended_by or "cancel"
        elif self._timeout is not None and self.seconds > self._timeout:
            self._ended_by = self._ended_by or "timeout"
        return self._ended_by is not None

    def _watch(self) -> None:
        # Interrupting once may hit the gap between two statements: again until it is over.
        while not self._done.wait(_LOOK_S):
            if self._look():
                self._connection.interrupt()


def run_all(connection: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    """Execute statements one after the other."""
    for statement in statements:
        connection.execute(statement)
